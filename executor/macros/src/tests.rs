//! What the two attributes promise, over token streams.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Item, ItemFn};

use crate::expand::{Entry, expand};

/// The expansion as one line of tokens.
fn text(entry: Entry, options: TokenStream, item: TokenStream) -> String {
    expand(entry, options, item).to_string()
}

/// The expansion, which must be one function and no error.
fn function(entry: Entry, options: TokenStream, item: TokenStream) -> ItemFn {
    syn::parse2(expand(entry, options, item)).expect("an expansion without errors is one function")
}

/// The messages of the `compile_error!`s in the expansion, in order.
fn messages(entry: Entry, options: TokenStream, item: TokenStream) -> Vec<String> {
    let file: syn::File = syn::parse2(expand(entry, options, item)).expect("items");
    let is_error = |item: &Item| match item {
        Item::Macro(call) => {
            let name = call.mac.path.segments.last()?.ident.to_string();
            assert_eq!(name, "compile_error");
            let message: syn::LitStr = call.mac.parse_body().ok()?;
            Some(message.value())
        }
        _ => None,
    };
    file.items.iter().filter_map(is_error).collect()
}

fn message(options: TokenStream) -> String {
    let mut all = messages(
        Entry::Main,
        options,
        quote!(
            async fn main() {}
        ),
    );
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

#[test]
fn main_defaults_to_many_workers() {
    let text = text(
        Entry::Main,
        quote!(),
        quote!(
            async fn main() {}
        ),
    );
    assert!(
        text.contains(":: wane :: runtime :: Builder :: new_multi_thread () . enable_all ()"),
        "{text}"
    );
}

#[test]
fn test_defaults_to_the_calling_thread() {
    let text = text(
        Entry::Test,
        quote!(),
        quote!(
            async fn promise() {}
        ),
    );
    assert!(
        text.contains(":: wane :: runtime :: Builder :: new_current_thread () . enable_all ()"),
        "{text}"
    );
    assert!(
        text.starts_with("# [:: core :: prelude :: v1 :: test] fn promise"),
        "{text}"
    );
}

#[test]
fn options_reach_the_builder() {
    let options = quote!(
        flavor = "multi_thread",
        worker_threads = 3,
        crate = "my::own"
    );
    let text = text(
        Entry::Test,
        options,
        quote!(
            async fn promise() {}
        ),
    );
    assert!(
        text.contains(
            "my :: own :: runtime :: Builder :: new_multi_thread () . worker_threads (3usize)"
        ),
        "{text}"
    );
}

#[test]
fn the_function_keeps_what_is_its_own() {
    let item = quote! {
        /// What it is for.
        #[should_panic(expected = "x")]
        #[ignore = "slow"]
        pub(crate) async fn promise() -> Result<u8, Failure> { step().await?; Ok(1) }
    };
    let function = function(Entry::Test, quote!(), item);
    assert!(function.sig.asyncness.is_none());
    assert_eq!(function.attrs.len(), 4, "three of the user's and `test`");
    let visibility = &function.vis;
    assert_eq!(quote!(#visibility).to_string(), "pub (crate)");
    let output = &function.sig.output;
    assert_eq!(quote!(#output).to_string(), "-> Result < u8 , Failure >");
}

#[test]
fn the_body_is_an_async_block_and_the_call_comes_last() {
    let function = function(
        Entry::Main,
        quote!(),
        quote!(
            async fn main() {
                a().await;
                b()
            }
        ),
    );
    let statements = &function.block.stmts;
    let first = &statements[0];
    assert_eq!(
        quote!(#first).to_string(),
        "let body = async { a () . await ; b () } ;"
    );
    let last = statements.last().expect("three statements");
    assert_eq!(quote!(#last).to_string(), "runtime . block_on (body)");
}

#[test]
fn the_expansion_unwraps_nothing() {
    let text = text(
        Entry::Main,
        quote!(worker_threads = 2),
        quote!(
            async fn main() {}
        ),
    );
    assert!(
        !text.contains("unwrap") && !text.contains("expect"),
        "{text}"
    );
    assert!(
        text.contains("the wane runtime could not be built: {}"),
        "{text}"
    );
}

#[test]
fn only_main_itself_is_held_to_no_arguments() {
    let item = quote!(
        async fn serve(port: u16) {}
    );
    let function = function(Entry::Main, quote!(), item);
    assert_eq!(function.sig.inputs.len(), 1);
}

#[test]
fn a_function_that_is_not_async_is_refused() {
    for entry in [Entry::Main, Entry::Test] {
        let found = messages(
            entry,
            quote!(),
            quote!(
                fn main() {}
            ),
        );
        assert_eq!(found, ["the function must be async: write `async fn`"]);
    }
}

#[test]
fn arguments_are_refused() {
    let found = messages(
        Entry::Main,
        quote!(),
        quote!(
            async fn main(x: u8) {}
        ),
    );
    assert_eq!(found, ["`main` takes no arguments"]);
    let found = messages(
        Entry::Test,
        quote!(),
        quote!(
            async fn promise(x: u8) {}
        ),
    );
    assert_eq!(found, ["a test takes no arguments"]);
}

#[test]
fn a_second_test_attribute_is_refused() {
    for second in [
        quote!(#[test]),
        quote!(#[core::prelude::v1::test]),
        quote!(#[wane::test]),
    ] {
        let found = messages(Entry::Test, quote!(), quote!(#second async fn promise() {}));
        assert_eq!(
            found,
            ["a second test attribute: the function would run twice, remove one of the two"]
        );
    }
}

#[test]
fn what_is_no_function_is_refused_and_kept() {
    let text = text(
        Entry::Main,
        quote!(),
        quote!(
            struct Main;
        ),
    );
    assert!(text.contains("compile_error !"), "{text}");
    assert!(text.ends_with("struct Main ;"), "{text}");
}

#[test]
fn an_unknown_flavor_is_refused() {
    let expected =
        "no such flavor \"basic\": `flavor` takes \"multi_thread\" or \"current_thread\"";
    assert_eq!(message(quote!(flavor = "basic")), expected);
    let expected = "`flavor` takes \"multi_thread\" or \"current_thread\"";
    assert_eq!(message(quote!(flavor = multi_thread)), expected);
}

#[test]
fn worker_threads_must_be_a_number_from_one_on() {
    let expected = "`worker_threads` takes a number from 1 on, as in `worker_threads = 4`";
    assert_eq!(message(quote!(worker_threads = "4")), expected);
    assert_eq!(message(quote!(worker_threads = -1)), expected);
    assert_eq!(
        message(quote!(worker_threads = 99999999999999999999999)),
        expected
    );
    let expected = "`worker_threads` cannot be 0: a runtime without a worker runs nothing; for \
                    the calling thread alone use `flavor = \"current_thread\"`";
    assert_eq!(message(quote!(worker_threads = 0)), expected);
}

#[test]
fn worker_threads_are_refused_where_there_are_no_workers() {
    let expected = "`worker_threads` needs `flavor = \"multi_thread\"`: the \"current_thread\" \
                    flavor runs on the calling thread alone";
    assert_eq!(
        message(quote!(worker_threads = 2, flavor = "current_thread")),
        expected
    );
    let found = messages(
        Entry::Test,
        quote!(worker_threads = 2),
        quote!(
            async fn promise() {}
        ),
    );
    assert_eq!(found, [expected]);
}

#[test]
fn a_crate_must_be_a_path() {
    let expected = "`crate` takes a path in quotes, as in `crate = \"::wane\"`";
    assert_eq!(message(quote!(crate = "no path")), expected);
    assert_eq!(message(quote!(crate = 7)), expected);
}

#[test]
fn a_paused_clock_is_refused_for_now() {
    let expected = "`start_paused` is not supported: wane has no paused clock yet, remove it";
    assert_eq!(message(quote!(start_paused = true)), expected);
}

#[test]
fn unknown_options_are_refused() {
    let expected = "unknown option `threads`: use `flavor`, `worker_threads` or `crate`";
    assert_eq!(message(quote!(threads = 4)), expected);
}

#[test]
fn an_option_without_a_value_is_refused() {
    assert_eq!(
        message(quote!(flavor)),
        "`flavor` needs a value, as in `flavor = ..`"
    );
}

#[test]
fn every_option_can_be_given_once() {
    let expected = "`worker_threads` is set twice: remove one of the two";
    assert_eq!(
        message(quote!(worker_threads = 2, worker_threads = 2)),
        expected
    );
}

#[test]
fn all_mistakes_are_reported_at_once_beside_a_whole_function() {
    let item = quote!(
        async fn main() {}
    );
    let options = quote!(flavour = "x", worker_threads = 0);
    assert_eq!(
        messages(Entry::Main, options.clone(), item.clone()).len(),
        2
    );
    let text = text(Entry::Main, options, item);
    assert!(text.contains("fn main () { let body = async { }"), "{text}");
}
