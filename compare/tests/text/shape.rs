//! The five chapters have one shape, and no block of code is unchecked.

use std::fs;

use pulldown_cmark::HeadingLevel;

use crate::{
    page::{Page, Part},
    root,
};

/// The sections of a chapter. Between the two halves come the steps.
const FIRST: [&str; 3] = ["The flaw we start from", "The idea", "Step 1: the article's program"];
const LAST: [&str; 5] =
    ["On the wire", "The browser's half", "What can go wrong", "Exercises", "The flaw that is left"];

/// What a block can be, by the words of its info: another test checks each.
const KINDS: [&[&str]; 9] = [
    &["sh"],
    &["text", "output"],
    &["text", "log"],
    &["text", "frames"],
    &["http", "send"],
    &["http", "receive"],
    &["rust", "source="],
    &["js", "source="],
    &["html", "source="],
];

#[test]
fn the_five_chapters_have_one_shape() {
    for page in Page::chapters() {
        let sections: Vec<&str> = page.parts.iter().filter_map(section).collect();
        let steps = &sections[FIRST.len()..sections.len() - LAST.len()];

        assert_eq!(sections[..FIRST.len()], FIRST, "{}", page.name);
        assert_eq!(sections[sections.len() - LAST.len()..], LAST, "{}", page.name);
        assert!(!steps.is_empty(), "{} mends nothing", page.name);
        for (at, step) in steps.iter().enumerate() {
            assert!(step.starts_with(&format!("Step {}: ", at + 2)), "{}: {step}", page.name);
        }
    }
}

fn section(part: &Part) -> Option<&str> {
    match part {
        Part::Heading(HeadingLevel::H2, text) => Some(text),
        _ => None,
    }
}

#[test]
fn each_chapter_can_be_read_in_one_sitting() {
    for page in Page::chapters() {
        let lines = page.text.lines().count();

        assert!((120..=220).contains(&lines), "{} has {lines} lines", page.name);
    }
}

#[test]
fn each_chapter_has_a_picture_and_folded_hints() {
    for page in Page::chapters() {
        let pictures = page.parts.iter().filter(|part| matches!(part, Part::Picture(_))).count();
        let hints = page.text.matches("<summary>Hint</summary>").count();

        assert!(pictures >= 1, "{}", page.name);
        assert!((2..=3).contains(&hints), "{} has {hints} hints", page.name);
    }
}

#[test]
fn every_block_of_code_is_of_a_kind_that_is_checked() {
    for page in Page::all() {
        for (info, text) in page.blocks() {
            let is = |kind: &&[&str]| kind.iter().zip(info).all(|(word, given)| given.starts_with(word));
            let known = KINDS.iter().any(|kind| kind.len() <= info.len() && is(kind));

            assert!(known, "{} has a block of {info:?}: {text}", page.name);
        }
    }
}

/// `PROGRAM::TEST` in a text is a test: of a crate's own `tests/wire.rs`, or of a folder of `compare/tests`.
#[test]
fn every_test_that_is_named_exists() {
    for page in Page::all() {
        for part in &page.parts {
            let Part::Code(code) = part else { continue };
            let Some((program, test)) = code.split_once("::") else { continue };
            let sources = match program {
                "wire" => vec![page.folder().join("tests/wire.rs")],
                "browser" | "contract" | "faults" => files(program),
                _ => continue,
            };
            let start = format!("fn {test}(");

            let found = sources.iter().any(|file| fs::read_to_string(file).unwrap().contains(&start));

            assert!(found, "{} names {code}", page.name);
        }
    }
}

/// The table of the page side by side names tests too.
#[test]
fn every_test_that_the_table_names_exists() {
    let table = fs::read_to_string(root().join("compare/assets/facts.js")).unwrap();
    let names: Vec<_> = table.split(['"', '`', ' ', ',']).filter_map(|word| word.split_once("::")).collect();
    assert!(names.len() > 5, "{names:?}");

    for (program, test) in names {
        let own = root().join(program.replace('_', "-")).join("tests/wire.rs");
        let sources = if own.exists() { vec![own] } else { files(program) };
        let start = format!("fn {test}(");

        let found = sources.iter().any(|file| fs::read_to_string(file).unwrap().contains(&start));

        assert!(found, "the table names {program}::{test}");
    }
}

fn files(program: &str) -> Vec<std::path::PathBuf> {
    let folder = fs::read_dir(root().join("compare/tests").join(program)).unwrap();
    let files = folder.map(|entry| entry.unwrap().path());

    files.filter(|path| path.extension().is_some_and(|end| end == "rs")).collect()
}
