//! The census as JSON: an array of objects of numbers and strings.

use std::fmt::Write;

use super::sites::SiteCensus;

pub(super) fn of(sites: &[SiteCensus]) -> String {
    let objects: Vec<String> = sites.iter().map(object).collect();
    format!("[{}]", objects.join(","))
}

fn object(site: &SiteCensus) -> String {
    let location = site.spawned_at();
    format!(
        "{{\"file\":{},\"line\":{},\"column\":{},\"future_type\":{},\"idle\":{},\"queued\":{},\"running\":{},\
         \"future_bytes\":{},\"retained\":{},\"retained_bytes\":{}}}",
        string(location.file()),
        location.line(),
        location.column(),
        string(site.future_type()),
        site.idle,
        site.queued,
        site.running,
        site.future_bytes,
        site.retained,
        site.retained_bytes,
    )
}

/// A string by RFC 8259: quotes, backslashes and control characters are escaped.
fn string(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control < ' ' => {
                // Writing to a string does not fail.
                let _ = write!(quoted, "\\u{:04x}", u32::from(control));
            }
            plain => quoted.push(plain),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_json_forbids_is_escaped() {
        assert_eq!(string("a\"b\\c\nd"), "\"a\\\"b\\\\c\\u000ad\"");
    }
}
