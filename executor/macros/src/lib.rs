//! The attribute macros of wane: `#[wane::main]` and `#[wane::test]`.
//!
//! Only the two doors stand here. What they do is written over `proc_macro2` in `options` (what
//! the attribute may say) and `expand` (what becomes of the function), so that unit tests can
//! look at every expansion and every message.

mod expand;
mod options;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

use expand::Entry;

/// Runs an async `main` on a runtime of its own.
///
/// The function keeps its name, attributes, visibility and return type; its body runs in
/// `Runtime::block_on`.
///
/// Options, separated by commas:
///
/// - `flavor = "multi_thread"` (what you get without it) or `flavor = "current_thread"`;
/// - `worker_threads = 4`: how many workers a `multi_thread` runtime has, one per core without it;
/// - `crate = "path::to::wane"`: where the expansion finds the runtime, `::wane` without it.
///
/// A function of another name may take arguments, as with tokio; `main` may not.
///
/// # Panics
///
/// The expanded function panics if the system refuses what the runtime needs (threads,
/// descriptors). Build the runtime by hand where that has to be an error.
#[proc_macro_attribute]
pub fn main(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(Entry::Main, options.into(), item.into()).into()
}

/// Makes an async function a test that runs on a runtime of its own.
///
/// The options are those of [`macro@main`]; the flavor is `current_thread` without one. Other
/// attributes (`#[should_panic]`, `#[ignore]`) and a `Result` to return work as in `#[test]`.
///
/// # Panics
///
/// As [`macro@main`].
#[proc_macro_attribute]
pub fn test(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(Entry::Test, options.into(), item.into()).into()
}
