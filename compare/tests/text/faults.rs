//! docs/FAULTS.md is that of the programs: each names its faults itself, and what mends them is there.

use std::{collections::BTreeSet, fs};

use compare::transports::ALL;
use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use crate::{
    root,
    table::{Fault, faults},
};

#[test]
fn the_articles_programs_name_the_faults_of_the_table() {
    for row in ALL {
        let name = row.transport.name;
        let program = fs::read_to_string(root().join(name).join("examples/article.rs")).unwrap();

        let named: BTreeSet<String> =
            program.lines().filter_map(|line| line.strip_prefix("//! - ")).map(str::to_owned).collect();
        let in_table: BTreeSet<String> = faults()
            .into_iter()
            .filter(|fault| fault.who.iter().any(|who| who == name))
            .map(|fault| fault.what)
            .collect();

        assert_eq!(named, in_table, "{name}");
        let head = program.lines().take_while(|line| line.starts_with("//!"));
        let after = head.skip_while(|line| !line.starts_with("//! Its faults stay in.")).skip(1).count();
        assert_eq!(named.len(), after, "{name}: one line for each fault");
        assert!(!named.is_empty(), "{name}");
    }
}

#[test]
fn what_mends_a_fault_is_there() {
    for fault in faults() {
        for mend in mends(&fault) {
            let source = fs::read_to_string(root().join(&mend.file)).unwrap();
            let source: Vec<&str> = source.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
            let source = source.join("\n"); // a comment mends nothing

            assert!(is_whole(&mend.code, &source), "{}: {} has no {}", fault.what, mend.file, mend.code);
        }
    }
}

#[test]
fn what_mends_a_fault_is_given_for_everyone_who_has_it() {
    for fault in faults() {
        let mends = mends(&fault);
        for who in &fault.who {
            assert!(mends.iter().any(|mend| mend.is_used_by(who)), "{}: what mends it in {who}?", fault.what);
        }
        for mend in &mends {
            assert!(fault.who.iter().any(|who| mend.is_used_by(who)), "{}: {} mends nothing", fault.what, mend.code);
        }
    }
}

/// The name of a test is that of its fault, but for words that are left out: no two can be exchanged.
#[test]
fn a_test_is_called_as_its_fault() {
    for fault in faults() {
        let what = fault.what.to_lowercase();
        let mut words = what.split(|c: char| !c.is_alphanumeric());

        let all = fault.test.split('_').all(|name| words.any(|word| word == name));

        assert!(all, "{}: {}", fault.what, fault.test);
    }
}

/// A line of ours, or the piece of it that counts.
#[derive(Debug)]
struct Mend {
    code: String,
    /// From the root.
    file: String,
}

impl Mend {
    /// It stands in that crate, or in what is shared: there in what the crate's client imports.
    fn is_used_by(&self, who: &str) -> bool {
        let Some(shared) = self.file.strip_prefix("shared/assets/") else {
            return self.file.starts_with("shared/src/") || self.file.starts_with(&format!("{who}/"));
        };
        let read = |file: &str| fs::read_to_string(root().join(file)).unwrap();
        let source = read(&self.file);
        let before = &source[..source.find(&self.code).unwrap_or_default()];
        let Some((_, exported)) = before.rsplit_once("\nexport ") else { return true }; // the page, which all have
        let name = exported.split([' ', '(']).nth(1).unwrap_or_default();
        let client = read(&format!("{who}/assets/client.js"));

        client.lines().any(|line| line.contains(&format!("/shared/{shared}")) && line.contains(name))
    }
}

/// All that a row names: code, and the file that it stands in.
fn mends(fault: &Fault) -> Vec<Mend> {
    let (mut mends, mut codes) = (Vec::new(), Vec::new());
    let mut link = None;
    let mut words = String::new();
    for event in Parser::new(&fault.mended) {
        match event {
            Event::Code(code) => codes.push(code.into_string()),
            Event::Start(Tag::Link { dest_url, .. }) => {
                link = Some(dest_url.into_string());
                words = String::new();
            }
            Event::Text(text) => words.push_str(&text),
            Event::End(TagEnd::Link) => {
                assert_eq!(link.take(), Some(format!("../{words}")), "{}", fault.what);
                let code = codes.pop().unwrap_or_else(|| panic!("{}: {words} has no code", fault.what));
                mends.push(Mend { code, file: words.clone() });
            }
            _ => {}
        }
    }
    assert!(codes.is_empty() && link.is_none(), "{}: where does {codes:?} stand?", fault.what);

    mends
}

/// Whether a source has this piece, and it begins and ends where a word does.
fn is_whole(piece: &str, source: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let touches = |a: Option<char>, b: Option<char>| a.is_some_and(is_word) && b.is_some_and(is_word);

    piece.len() > 10
        && source.match_indices(piece).any(|(at, _)| {
            let (before, after) = (&source[..at], &source[at + piece.len()..]);
            !touches(before.chars().last(), piece.chars().next())
                && !touches(piece.chars().last(), after.chars().next())
        })
}
