//! A bound on the size of a future, for tests.

use std::any::type_name_of_val;

/// Fails where a future takes more than `bytes_max` bytes.
///
/// For tests: a future grows with whatever it calls, and nothing says so. What makes it large is, as a
/// rule, one await of something large; [`stage`](fn@super::stage) takes that out.
///
/// ```
/// use wane::future::assert_future_size;
///
/// async fn session(id: u32) {
///     wane::task::yield_now().await;
///     println!("session {id} is over");
/// }
/// assert_future_size(&session(7), 128);
/// ```
///
/// # Panics
///
/// Where the future is larger, at the caller's line, with the name of its type and both sizes.
///
/// ```should_panic
/// let page = [0_u8; 4096];
/// let future = async move {
///     wane::task::yield_now().await;
///     drop(page);
/// };
/// wane::future::assert_future_size(&future, 1024);
/// ```
#[track_caller]
pub fn assert_future_size<F: Future + ?Sized>(future: &F, bytes_max: usize) {
    let bytes = size_of_val(future);
    assert!(
        bytes <= bytes_max,
        "the future `{}` takes {bytes} bytes, and {bytes_max} are allowed: give its large phase to \
         `stage`, or raise the bound",
        type_name_of_val(future)
    );
}
