//! Works beside each other: handed over in their order, and ended whatever one of them does.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Barrier};
use std::time::Duration;

use pentimento::cli::beside::in_order;

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn what_came_of_each_is_handed_over_in_their_order() {
    for workers in [2, 3, 8] {
        let of: Vec<usize> = (0..20).collect();
        let together = Barrier::new(2);
        // Of two workers the other one does the second before the first is done.
        let work = |_: &mut (), index: usize, one: &usize| {
            if [0, 2].contains(&index) {
                together.wait();
            }
            one * one
        };
        let mut told = Vec::new();
        let ended: Result<(), ()> = in_order(vec![(); workers], &of, work, |index, done| {
            told.push((index, done));
            Ok(())
        });
        assert_eq!(ended, Ok(()));
        let wanted: Vec<_> = of.iter().map(|one| (*one, one * one)).collect();
        assert_eq!(told, wanted, "{workers}");
    }
}

#[test]
fn behind_a_failure_nothing_is_begun_and_what_ran_is_handed_over() {
    let together = Barrier::new(2);
    let begun = AtomicUsize::new(0);
    // The second runs while it is heard that the first failed.
    let work = |_: &mut (), index: usize, _: &()| {
        begun.fetch_add(1, Ordering::Relaxed);
        if index == 1 {
            together.wait();
        }
    };
    let mut told = Vec::new();
    let ended = in_order(vec![(); 2], &[(); 100], work, |index, ()| {
        told.push(index);
        match index {
            0 => {
                together.wait();
                Err("the first")
            }
            _ => Err("another"),
        }
    });
    assert_eq!(ended, Err("the first"));
    assert_eq!(told.len(), begun.load(Ordering::Relaxed));
    assert!(told.contains(&1) && told.len() < 10, "{told:?}");
}

#[test]
fn a_panic_ends_all_and_what_others_made_is_handed_over() {
    // Which work panics, and at which the thread that hears of them does.
    for (of_work, of_hearing) in [
        (0, None),
        (1, None),
        (7, None),
        (99, Some(0)),
        (99, Some(5)),
    ] {
        let (sender, heard) = sync_channel(1);
        let counts = Arc::new([(); 2].map(|()| AtomicUsize::new(0)));
        let own = Arc::clone(&counts);
        let thread = std::thread::Builder::new().name("command".into());
        let thread = thread.spawn(move || {
            let [done, told] = &*own;
            let work = |_: &mut (), index: usize, _: &()| {
                assert_ne!(index, of_work, "a work");
                done.fetch_add(1, Ordering::Relaxed);
            };
            let ended = std::panic::catch_unwind(|| {
                in_order(vec![(); 3], &[(); 40], work, |index, ()| {
                    // By then nothing is left that was to be begun.
                    while of_hearing == Some(index) && done.load(Ordering::Relaxed) < index + 6 {
                        std::thread::yield_now();
                    }
                    assert_ne!(Some(index), of_hearing, "hearing");
                    told.fetch_add(1, Ordering::Relaxed);
                    Ok::<(), ()>(())
                })
            });
            sender.send(ended.is_err()).unwrap();
        });
        let thread = thread.unwrap();
        let panicked = heard.recv_timeout(PATIENCE);
        assert_eq!(panicked, Ok(true), "{of_work} {of_hearing:?}");
        thread.join().unwrap();
        let [done, told] = counts.each_ref().map(|count| count.load(Ordering::Relaxed));
        match of_hearing {
            Some(hearing) => assert_eq!(told, hearing),
            None => assert!(told == done && done >= of_work, "{told} of {done}"),
        }
        assert!(done < 40, "{done}");
    }
}
