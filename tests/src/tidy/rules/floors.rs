//! Floors: a module names only its own folder and lower floors, so that each file can be read
//! without the ones above it.
//!
//! The floor table stands in `ARCHITECTURE.md`. `channel` is below all of `executor` and never
//! names `wane`. Test code may reach up: it is read after the code that it tests.

use std::collections::BTreeMap;

use crate::tidy::complaint::Complaint;
use crate::tidy::paths::NamedPath;
use crate::tidy::source::Source;

const EXECUTOR: &str = "executor/src";

/// Checks one file against the floor table.
pub fn check(source: &Source, floors: &BTreeMap<String, usize>) -> Vec<Complaint> {
    if source.path.starts_with("channel/src/") {
        return names_of_the_executor(source);
    }
    if source.is_test_file {
        return Vec::new();
    }
    match source.folder_in(EXECUTOR) {
        Some(root) if root == "lib.rs" => modules_out_of_order(source, floors),
        Some(own) => upward_paths(source, &own, floors),
        None => Vec::new(),
    }
}

fn names_of_the_executor(source: &Source) -> Vec<Complaint> {
    let is_upward = |path: &&NamedPath| path.starts_with(&["wane"]) && !source.is_test(path.line);
    let upward = source.paths.iter().filter(is_upward);
    let complain = |path: &NamedPath| {
        Complaint::new(
            &source.path,
            path.line,
            format!("the channel names `{}`", path.text()),
            "the channel is below the executor: move what both need to `channel/src/base`",
        )
    };
    upward.map(complain).collect()
}

fn upward_paths(source: &Source, own: &str, floors: &BTreeMap<String, usize>) -> Vec<Complaint> {
    let Some(&own_floor) = floors.get(own) else {
        let wrong = format!("`{own}` has no floor");
        return vec![Complaint::new(
            &source.path,
            1,
            wrong,
            "give it a row in the floor table of ARCHITECTURE.md",
        )];
    };
    let mut complaints = Vec::new();
    for path in source
        .paths
        .iter()
        .filter(|path| !source.is_test(path.line))
    {
        let Some(name) = root_module(source, path) else {
            continue;
        };
        match floor_of(name, floors) {
            Some((folder, _)) if folder == own => {}
            Some((_, floor)) if floor < own_floor => {}
            Some((folder, floor)) => complaints.push(Complaint::new(
                &source.path,
                path.line,
                format!(
                    "`{own}` (floor {own_floor}) names `{}` of `{folder}` (floor {floor})",
                    path.text()
                ),
                "move what is needed to a lower floor, or let the upper floor hand it in",
            )),
            None if is_macro(source, path) || is_top(own, floors) => {}
            None => complaints.push(Complaint::new(
                &source.path,
                path.line,
                format!(
                    "`{}` is an export of `lib.rs`, above every floor",
                    path.text()
                ),
                "name the module that defines it",
            )),
        }
    }
    complaints
}

/// The module directly under the crate's root that a path leads into, if it leaves the folder.
fn root_module<'a>(source: &Source, path: &'a NamedPath) -> Option<&'a str> {
    let climbs = path
        .segments
        .iter()
        .take_while(|segment| *segment == "super")
        .count();
    let climbs_to_root = climbs > 0 && climbs >= depth(source) + inline_depth(source, path);
    let is_from_root = path.starts_with(&["crate"]);
    let at = if is_from_root { 1 } else { climbs };
    (is_from_root || climbs_to_root).then(|| path.segments.get(at).map(String::as_str))?
}

/// How many modules a file is below the crate's root.
fn depth(source: &Source) -> usize {
    let inside = source
        .path
        .trim_start_matches(EXECUTOR)
        .trim_start_matches('/');
    let parts = inside.split('/').count();
    if inside.ends_with("/mod.rs") {
        parts - 1
    } else {
        parts
    }
}

/// How many inline modules are open around a path.
fn inline_depth(source: &Source, path: &NamedPath) -> usize {
    let mut open = Vec::new();
    for (at, token) in source.tokens.iter().enumerate().take(path.last_token) {
        if token.is("{") {
            open.push(at > 1 && source.tokens[at - 2].is("mod"));
        } else if token.is("}") {
            open.pop();
        }
    }
    open.into_iter().filter(|is_module| *is_module).count()
}

fn floor_of<'a>(name: &str, floors: &'a BTreeMap<String, usize>) -> Option<(&'a str, usize)> {
    let candidates = [format!("{name}/"), format!("{name}.rs")];
    let found = candidates
        .iter()
        .find_map(|folder| floors.get_key_value(folder))?;
    Some((found.0, *found.1))
}

/// Macros are exported at the root, wherever they are defined.
fn is_macro(source: &Source, path: &NamedPath) -> bool {
    source
        .tokens
        .get(path.last_token + 1)
        .is_some_and(|next| next.is("!"))
}

fn is_top(own: &str, floors: &BTreeMap<String, usize>) -> bool {
    floors.get(own) == floors.values().max()
}

fn modules_out_of_order(source: &Source, floors: &BTreeMap<String, usize>) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let mut highest = (0, "");
    for window in source.tokens.windows(3) {
        let [keyword, name, end] = window else {
            continue;
        };
        let is_declaration = keyword.is("mod") && name.is_word() && end.is(";");
        if !is_declaration || source.is_test(name.line) {
            continue;
        }
        let Some((_, floor)) = floor_of(&name.text, floors) else {
            continue;
        };
        if floor < highest.0 {
            complaints.push(Complaint::new(
                &source.path,
                name.line,
                format!(
                    "`{}` (floor {floor}) is declared after `{}`",
                    name.text, highest.1
                ),
                "declare the modules in floor order, floors apart by a blank line",
            ));
        } else {
            highest = (floor, &name.text);
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(path: &str, text: &str) -> Vec<Complaint> {
        let table = [
            ("parts/", 1),
            ("task/", 2),
            ("context.rs", 3),
            ("time/", 4),
            ("net/", 4),
        ];
        let top = [("runtime/", 5), ("lib.rs", 6)];
        let floors = table
            .iter()
            .chain(&top)
            .map(|(folder, floor)| ((*folder).to_owned(), *floor));
        check(&Source::parse(path, text), &floors.collect())
    }

    #[test]
    fn downward_and_sibling_paths_pass() {
        let text = "use crate::{parts::Wheel, task::state::State};\nuse super::state::State;";
        assert_eq!(complaints("executor/src/task/join.rs", text), []);
        assert_eq!(
            complaints("executor/src/context.rs", "mod a { use super::b; }"),
            []
        );
    }

    #[test]
    fn upward_paths_are_reported_with_both_floors() {
        let found = complaints(
            "executor/src/parts/wheel.rs",
            "fn f() {}\nuse crate::task::Id;",
        );
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].line, 2);
        assert!(found[0].wrong.contains("(floor 1)") && found[0].wrong.contains("(floor 2)"));
    }

    #[test]
    fn a_neighbour_on_the_same_floor_is_not_lower() {
        assert_eq!(
            complaints("executor/src/net/tcp.rs", "use crate::time::sleep;").len(),
            1
        );
    }

    #[test]
    fn climbing_out_of_the_folder_is_seen_through() {
        let text = "use super::super::runtime::Handle;";
        assert_eq!(complaints("executor/src/task/join.rs", text).len(), 1);
        assert_eq!(
            complaints("executor/src/task/mod.rs", "use super::runtime::Handle;").len(),
            1
        );
        assert_eq!(
            complaints("executor/src/context.rs", "use super::runtime::Handle;").len(),
            1
        );
    }

    #[test]
    fn exports_of_the_root_are_named_by_their_module() {
        assert_eq!(
            complaints("executor/src/net/tcp.rs", "fn f() { crate::spawn(a); }").len(),
            1
        );
        assert_eq!(
            complaints("executor/src/net/tcp.rs", "fn f() { crate::ready!(a); }"),
            []
        );
    }

    #[test]
    fn tests_may_reach_up() {
        let text = "#[cfg(test)]\nmod tests {\n use crate::runtime::Runtime;\n}";
        assert_eq!(complaints("executor/src/task/join.rs", text), []);
    }

    #[test]
    fn a_folder_without_a_floor_is_reported() {
        assert_eq!(complaints("executor/src/misc/a.rs", "").len(), 1);
    }

    #[test]
    fn the_channel_does_not_know_the_executor() {
        assert_eq!(complaints("channel/src/a.rs", "use wane::spawn;").len(), 1);
        assert_eq!(
            complaints("channel/src/a.rs", "use wane_channel::bounded;"),
            []
        );
    }

    #[test]
    fn modules_are_declared_in_floor_order() {
        assert_eq!(
            complaints("executor/src/lib.rs", "mod parts;\n\nmod task;"),
            []
        );
        assert_eq!(
            complaints("executor/src/lib.rs", "mod task;\n\npub mod parts;").len(),
            1
        );
    }
}
