//! What stands between the parentheses of `#[wane::main(..)]`, read and checked.
//!
//! Every mistake is reported at the tokens that make it, and all of them at once.

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprLit, Ident, Lit, Path, Result, Token};

/// Which scheduler the runtime has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavor {
    MultiThread,
    CurrentThread,
}

/// The options of one attribute.
pub(crate) struct Options {
    pub(crate) flavor: Flavor,
    /// Never zero, and absent under [`Flavor::CurrentThread`].
    pub(crate) worker_threads: Option<usize>,
    /// Where the expansion finds the runtime.
    pub(crate) root: Path,
}

impl Options {
    /// What an attribute without options means.
    pub(crate) fn with_flavor(flavor: Flavor) -> Self {
        Self {
            flavor,
            worker_threads: None,
            root: syn::parse_quote!(::wane),
        }
    }

    /// Reads the options; those that are not given are as in [`Options::with_flavor`].
    pub(crate) fn parse(tokens: TokenStream, default_flavor: Flavor) -> Result<Self> {
        let given = Punctuated::<Setting, Token![,]>::parse_terminated.parse2(tokens)?;
        let mut options = Self::with_flavor(default_flavor);
        let mut mistakes = Mistakes::default();
        let mut seen: Vec<&Ident> = Vec::new();
        let mut worker_threads_at = None;
        for setting in &given {
            if seen.contains(&&setting.name) {
                let message = format!("`{}` is set twice: remove one of the two", setting.name);
                mistakes.add(Error::new(setting.name.span(), message));
                continue;
            }
            seen.push(&setting.name);
            if setting.name == "worker_threads" {
                worker_threads_at = Some(setting.span());
            }
            mistakes.note(options.apply(setting));
        }
        mistakes.note(options.check_together(worker_threads_at));
        mistakes.or(options)
    }

    fn apply(&mut self, setting: &Setting) -> Result<()> {
        match setting.name.to_string().as_str() {
            "flavor" => self.flavor = read_flavor(&setting.value)?,
            "worker_threads" => self.worker_threads = Some(read_worker_threads(&setting.value)?),
            "crate" => self.root = read_root(&setting.value)?,
            "start_paused" => {
                return Err(Error::new(
                    setting.name.span(),
                    "`start_paused` is not supported: wane has no paused clock yet, remove it",
                ));
            }
            unknown => {
                return Err(Error::new(
                    setting.name.span(),
                    format!(
                        "unknown option `{unknown}`: use `flavor`, `worker_threads` or `crate`"
                    ),
                ));
            }
        }
        Ok(())
    }

    fn check_together(&self, worker_threads_at: Option<Span>) -> Result<()> {
        match (self.flavor, worker_threads_at) {
            (Flavor::CurrentThread, Some(span)) => Err(Error::new(
                span,
                "`worker_threads` needs `flavor = \"multi_thread\"`: the \"current_thread\" \
                 flavor runs on the calling thread alone",
            )),
            _ => Ok(()),
        }
    }
}

fn read_flavor(value: &Expr) -> Result<Flavor> {
    const TAKES: &str = "`flavor` takes \"multi_thread\" or \"current_thread\"";
    let Some(Lit::Str(text)) = literal(value) else {
        return Err(Error::new(value.span(), TAKES));
    };
    match text.value().as_str() {
        "multi_thread" => Ok(Flavor::MultiThread),
        "current_thread" => Ok(Flavor::CurrentThread),
        other => Err(Error::new(
            text.span(),
            format!("no such flavor \"{other}\": {TAKES}"),
        )),
    }
}

fn read_worker_threads(value: &Expr) -> Result<usize> {
    const TAKES: &str = "`worker_threads` takes a number from 1 on, as in `worker_threads = 4`";
    let Some(Lit::Int(number)) = literal(value) else {
        return Err(Error::new(value.span(), TAKES));
    };
    match number.base10_parse() {
        Ok(0) => Err(Error::new(
            number.span(),
            "`worker_threads` cannot be 0: a runtime without a worker runs nothing; for the \
             calling thread alone use `flavor = \"current_thread\"`",
        )),
        Ok(count) => Ok(count),
        Err(_) => Err(Error::new(number.span(), TAKES)),
    }
}

fn read_root(value: &Expr) -> Result<Path> {
    const TAKES: &str = "`crate` takes a path in quotes, as in `crate = \"::wane\"`";
    match literal(value) {
        Some(Lit::Str(text)) => text
            .parse_with(Path::parse_mod_style)
            .map_err(|_| Error::new(text.span(), TAKES)),
        _ => Err(Error::new(value.span(), TAKES)),
    }
}

/// `name = value`. The name may be a keyword, for `crate` is one.
struct Setting {
    name: Ident,
    value: Expr,
}

impl Setting {
    fn span(&self) -> Span {
        let name = self.name.span();
        name.join(self.value.span()).unwrap_or(name)
    }
}

impl Parse for Setting {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let name = Ident::parse_any(input)?;
        if !input.peek(Token![=]) {
            let message = format!("`{name}` needs a value, as in `{name} = ..`");
            return Err(Error::new(name.span(), message));
        }
        let _equals: Token![=] = input.parse()?;
        Ok(Self {
            name,
            value: input.parse()?,
        })
    }
}

fn literal(value: &Expr) -> Option<&Lit> {
    match value {
        Expr::Lit(ExprLit { lit, .. }) => Some(lit),
        _ => None,
    }
}

/// The errors found so far, as one.
#[derive(Default)]
struct Mistakes(Option<Error>);

impl Mistakes {
    fn note(&mut self, outcome: Result<()>) {
        if let Err(error) = outcome {
            self.add(error);
        }
    }

    fn add(&mut self, error: Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            none => *none = Some(error),
        }
    }

    fn or<T>(self, value: T) -> Result<T> {
        self.0.map_or(Ok(value), Err)
    }
}
