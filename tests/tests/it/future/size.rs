//! Bounds on the size of futures.

use std::panic::catch_unwind;

use wane::future::assert_future_size;

async fn grown() -> u8 {
    let page = [7; 4096];
    wane::task::yield_now().await;
    page[0]
}

#[test]
fn a_future_within_its_bound_passes() {
    let future = grown();
    assert_future_size(&future, size_of_val(&future));
    let erased: &dyn Future<Output = u8> = &future;
    assert_future_size(erased, size_of_val(&future));
}

#[test]
fn a_future_over_its_bound_is_named_with_both_sizes() {
    let bytes = size_of_val(&grown());
    let panic = catch_unwind(|| assert_future_size(&grown(), 1024)).expect_err("it is larger");
    let message = panic.downcast::<String>().expect("it says more than words");
    for part in ["grown", &bytes.to_string(), "1024"] {
        assert!(message.contains(part), "no `{part}` in: {message}");
    }
}
