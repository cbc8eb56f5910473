use std::sync::Arc;

use pentimento::document::gallery::THUMBNAIL;
use pentimento::document::{CandidateId, Gallery};
use pentimento::raster::{Patch, Picture, Rect, Size};
use pentimento::recipe::Recipe;

fn patch(width: u32, height: u32) -> Arc<Patch> {
    let pixels = Picture::filled(Size::new(width, height), [7, 8, 9, 255]);
    Arc::new(Patch::new(Rect::new(3, 4, 3 + width, 4 + height), pixels))
}

fn recipe(seed: u64) -> Recipe {
    Recipe {
        seed,
        ..Recipe::default()
    }
}

fn seeds(gallery: &Gallery) -> Vec<u64> {
    gallery
        .iter()
        .map(|candidate| candidate.recipe.seed)
        .collect()
}

#[test]
fn candidates_are_kept_in_order() {
    let mut gallery = Gallery::new();
    assert!(gallery.is_empty() && gallery.bytes() == 0);
    let ids: Vec<_> = (0..4)
        .map(|seed| gallery.push(recipe(seed), patch(8, 8), seed + 10, 1.5).0)
        .collect();
    assert_eq!(seeds(&gallery), [0, 1, 2, 3]);
    let one = gallery.get(ids[1]).unwrap();
    assert_eq!((one.id, one.base_revision, one.seconds), (ids[1], 11, 1.5));
    assert_eq!(one.patch, patch(8, 8));

    assert_eq!(gallery.remove(ids[2]).unwrap().recipe.seed, 2);
    assert!(gallery.remove(ids[2]).is_none());
    assert!(gallery.get(ids[2]).is_none());
    assert_eq!(seeds(&gallery), [0, 1, 3]);
    assert_eq!(gallery.next(ids[1]), Some(ids[3]));
    assert_eq!(gallery.previous(ids[3]), Some(ids[1]));
    assert_eq!(gallery.previous(ids[0]), None);
    assert_eq!(gallery.next(ids[3]), None);
    for gone in [ids[2], CandidateId(99)] {
        assert_eq!((gallery.next(gone), gallery.previous(gone)), (None, None));
    }

    gallery.clear();
    assert!(gallery.is_empty());
    let (id, _) = gallery.push(recipe(0), patch(8, 8), 0, 0.0);
    assert!(!ids.contains(&id), "a name given twice");
}

#[test]
fn the_oldest_go_when_memory_is_short() {
    let mut gallery = Gallery::new();
    gallery.push(recipe(0), patch(20, 10), 0, 0.0);
    let one = gallery.bytes();
    assert!(one >= 20 * 10 * 4 * 2, "patch and thumbnail");
    assert!(gallery.set_budget(3 * one).is_empty());
    for seed in 1..3 {
        assert!(
            gallery
                .push(recipe(seed), patch(20, 10), 0, 0.0)
                .1
                .is_empty()
        );
    }
    let (_, dropped) = gallery.push(recipe(3), patch(20, 10), 0, 0.0);
    let dropped: Vec<_> = dropped
        .iter()
        .map(|candidate| candidate.recipe.seed)
        .collect();
    assert_eq!((dropped, seeds(&gallery)), (vec![0], vec![1, 2, 3]));
    assert_eq!(gallery.bytes(), 3 * one);
    // One that is too large on its own stays, alone.
    let (_, dropped) = gallery.push(recipe(4), patch(200, 100), 0, 0.0);
    assert_eq!((dropped.len(), seeds(&gallery)), (3, vec![4]));
    assert!(gallery.set_budget(0).is_empty());
    assert_eq!(seeds(&gallery), [4]);
    gallery.push(recipe(5), patch(1, 1), 0, 0.0);
    assert_eq!(seeds(&gallery), [5]);
}

#[test]
fn thumbnails_fit() {
    let mut gallery = Gallery::new();
    for (size, small) in [
        ((1, 1), (1, 1)),
        ((128, 60), (128, 60)),
        ((512, 256), (128, 64)),
        ((100, 1000), (12, 128)),
        ((3000, 2), (128, 1)),
    ] {
        let (id, _) = gallery.push(recipe(0), patch(size.0, size.1), 0, 0.0);
        let thumbnail = &gallery.get(id).unwrap().thumbnail;
        assert_eq!(thumbnail.size(), Size::new(small.0, small.1));
        assert!(thumbnail.size().width.max(thumbnail.size().height) <= THUMBNAIL);
        assert!(
            thumbnail
                .pixels()
                .iter()
                .all(|pixel| *pixel == [7, 8, 9, 255])
        );
    }
}
