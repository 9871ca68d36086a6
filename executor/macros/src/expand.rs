//! What becomes of the annotated function: its body turns into an async block, and the function
//! builds a runtime and blocks on it.
//!
//! The body is bound to a name first and handed over by the last expression, whose tokens carry
//! the span of the user's last statement. So a body of the wrong type is reported there, in the
//! user's own text, and not at the attribute.
//!
//! A mistake in the options is reported beside an expansion with the default options, so that the
//! rest of the function is still checked and no second error ("`main` function not found") hides
//! the first.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Attribute, Error, Ident, ItemFn, Result};

use crate::options::{Flavor, Options};

/// Which of the two attributes is expanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    Main,
    Test,
}

impl Entry {
    fn default_flavor(self) -> Flavor {
        match self {
            Entry::Main => Flavor::MultiThread,
            Entry::Test => Flavor::CurrentThread,
        }
    }
}

/// The whole attribute: never fails, mistakes come out as `compile_error!`.
pub(crate) fn expand(entry: Entry, options: TokenStream, item: TokenStream) -> TokenStream {
    let function = match syn::parse2::<ItemFn>(item.clone()) {
        Ok(function) => function,
        Err(error) => return beside(error, item),
    };
    if let Err(error) = check(entry, &function) {
        return beside(error, harmless(function));
    }
    match Options::parse(options, entry.default_flavor()) {
        Ok(options) => rewrite(entry, &options, function),
        Err(error) => {
            let defaults = Options::with_flavor(entry.default_flavor());
            beside(error, rewrite(entry, &defaults, function))
        }
    }
}

fn beside(error: Error, rest: TokenStream) -> TokenStream {
    let mut tokens = error.into_compile_error();
    tokens.extend(rest);
    tokens
}

/// A function of the same name that raises no errors of its own, beside the one already reported.
fn harmless(mut function: ItemFn) -> TokenStream {
    if function.sig.asyncness.take().is_some() {
        function.sig.inputs.clear();
        function.attrs.retain(|attribute| !is_test(attribute));
        *function.block = syn::parse_quote!({ loop {} });
    }
    function.into_token_stream()
}

fn check(entry: Entry, function: &ItemFn) -> Result<()> {
    let signature = &function.sig;
    if signature.asyncness.is_none() {
        let message = "the function must be async: write `async fn`";
        return Err(Error::new_spanned(signature.fn_token, message));
    }
    if !signature.inputs.is_empty() {
        let message = match entry {
            Entry::Test => Some("a test takes no arguments"),
            Entry::Main if signature.ident == "main" => Some("`main` takes no arguments"),
            Entry::Main => None,
        };
        if let Some(message) = message {
            return Err(Error::new_spanned(&signature.inputs, message));
        }
    }
    let second = function.attrs.iter().find(|attribute| is_test(attribute));
    match (entry, second) {
        (Entry::Test, Some(second)) => Err(Error::new_spanned(
            second,
            "a second test attribute: the function would run twice, remove one of the two",
        )),
        _ => Ok(()),
    }
}

/// Whether this is `#[test]` under any path (`#[core::prelude::v1::test]`, `#[tokio::test]`).
fn is_test(attribute: &Attribute) -> bool {
    let last = attribute.path().segments.last();
    last.is_some_and(|segment| segment.ident == "test")
}

fn rewrite(entry: Entry, options: &Options, mut function: ItemFn) -> TokenStream {
    function.sig.asyncness = None;
    let ItemFn {
        attrs,
        vis,
        sig,
        block,
    } = function;
    let test_attribute = match entry {
        Entry::Main => None,
        Entry::Test => Some(quote!(#[::core::prelude::v1::test])),
    };
    let built = build(options);
    let (first, last) = ends_of_value(&block);
    // Mixed-site names: nothing that the user wrote can mean them.
    let body = Ident::new("body", Span::mixed_site().located_at(last));
    let runtime = Ident::new("runtime", Span::mixed_site().located_at(first));
    let run = quote_spanned!(last=> #runtime.block_on(#body));
    quote! {
        #(#attrs)*
        #test_attribute
        #vis #sig {
            let #body = async #block;
            let #runtime = #built;
            #run
        }
    }
}

fn build(options: &Options) -> TokenStream {
    let root = &options.root;
    let constructor = match options.flavor {
        Flavor::MultiThread => quote!(new_multi_thread),
        Flavor::CurrentThread => quote!(new_current_thread),
    };
    let worker_threads = options
        .worker_threads
        .map(|count| quote!(.worker_threads(#count)));
    quote! {
        match #root::runtime::Builder::#constructor() #worker_threads .enable_all().build() {
            ::core::result::Result::Ok(runtime) => runtime,
            ::core::result::Result::Err(error) => ::core::panic!(
                "the wane runtime could not be built: {}", error
            ),
        }
    }
}

/// The first and last token of what gives the block its value: where a reader expects an error
/// about it.
fn ends_of_value(block: &syn::Block) -> (Span, Span) {
    let value = block.stmts.last().map(ToTokens::into_token_stream);
    let mut tokens = value.into_iter().flatten();
    match tokens.next() {
        Some(first) => {
            let last = tokens.last().map(|token: TokenTree| token.span());
            (first.span(), last.unwrap_or(first.span()))
        }
        None => {
            let end = block.brace_token.span.close();
            (end, end)
        }
    }
}
