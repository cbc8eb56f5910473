use std::sync::Arc;

use pentimento::document::gallery::THUMBNAIL;
use pentimento::document::{Base, CandidateId, Gallery, RepaintResult};
use pentimento::raster::{Patch, Picture, Rect, Size};
use pentimento::recipe::Recipe;

fn patch(width: u32, height: u32) -> Arc<Patch> {
    let pixels = Picture::filled(Size::new(width, height), [7, 8, 9, 255]);
    Arc::new(Patch::new(Rect::new(3, 4, 3 + width, 4 + height), pixels))
}

fn result(seed: u64, patch: Arc<Patch>) -> RepaintResult {
    let recipe = Recipe {
        seed,
        ..Recipe::default()
    };
    RepaintResult {
        recipe,
        patch,
        ..RepaintResult::default()
    }
}

fn seeds(gallery: &Gallery) -> Vec<u64> {
    gallery
        .iter()
        .map(|candidate| candidate.result.recipe.seed)
        .collect()
}

#[test]
fn candidates_are_kept_in_order() {
    let mut gallery = Gallery::new();
    assert!(gallery.is_empty() && gallery.bytes() == 0);
    let ids: Vec<_> = (0..4)
        .map(|seed| {
            let base = Base {
                revision: seed + 10,
                ..Base::default()
            };
            gallery.push(result(seed, patch(8, 8)), base).0
        })
        .collect();
    assert_eq!(seeds(&gallery), [0, 1, 2, 3]);
    let one = gallery.get(ids[1]).unwrap();
    assert_eq!((one.id, one.base.revision), (ids[1], 11));
    assert_eq!(one.result, result(1, patch(8, 8)));

    assert_eq!(gallery.remove(ids[2]).unwrap().result.recipe.seed, 2);
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
    let (id, _) = gallery.push(result(0, patch(8, 8)), Base::default());
    assert!(!ids.contains(&id), "a name given twice");
}

#[test]
fn the_oldest_go_when_memory_is_short() {
    let mut gallery = Gallery::new();
    gallery.push(result(0, patch(20, 10)), Base::default());
    let one = gallery.bytes();
    assert!(one >= 20 * 10 * 4 * 2, "patch and thumbnail");
    assert!(gallery.set_budget(3 * one).is_empty());
    for seed in 1..3 {
        assert!(
            gallery
                .push(result(seed, patch(20, 10)), Base::default())
                .1
                .is_empty()
        );
    }
    let (_, dropped) = gallery.push(result(3, patch(20, 10)), Base::default());
    let dropped: Vec<_> = dropped
        .iter()
        .map(|candidate| candidate.result.recipe.seed)
        .collect();
    assert_eq!((dropped, seeds(&gallery)), (vec![0], vec![1, 2, 3]));
    assert_eq!(gallery.bytes(), 3 * one);
    // One that is too large on its own stays, alone.
    let (_, dropped) = gallery.push(result(4, patch(200, 100)), Base::default());
    assert_eq!((dropped.len(), seeds(&gallery)), (3, vec![4]));
    assert!(gallery.set_budget(0).is_empty());
    assert_eq!(seeds(&gallery), [4]);
    gallery.push(result(5, patch(1, 1)), Base::default());
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
        let (id, _) = gallery.push(result(0, patch(size.0, size.1)), Base::default());
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
