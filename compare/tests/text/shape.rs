//! The five chapters have one shape, and no block of code is unchecked.

use std::{fs, path::Path};

use pulldown_cmark::HeadingLevel;

use crate::{
    page::{Page, Part},
    root,
};

/// The sections of a chapter. Between the two halves come the steps.
const FIRST: [&str; 3] = ["The flaw we start from", "The idea", "Step 1: the article's program"];
const LAST: [&str; 5] =
    ["On the wire", "The browser's half", "What can go wrong", "Exercises", "The flaw that is left"];

/// What a block of a chapter can be besides a quotation: another test checks each.
const KINDS: [&[&str]; 6] =
    [&["sh"], &["text", "output"], &["text", "log"], &["text", "frames"], &["http", "send"], &["http", "receive"]];

/// The languages that are quoted.
const LANGUAGES: [&str; 5] = ["rust", "js", "html", "python", "toml"];

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
        let pictures: Vec<_> = page.parts.iter().filter(|part| matches!(part, Part::Picture(_))).collect();
        let hints = page.text.matches("<summary>Hint</summary>").count();
        let own = format!("../docs/pictures/{}.svg", page.name.trim_end_matches("/README.md"));

        assert_eq!(pictures, [&Part::Picture(own)], "{}: the tests in Chromium make this one", page.name);
        assert!((2..=3).contains(&hints), "{} has {hints} hints", page.name);
    }
}

/// The first pages have the photos that the tests in Chromium take, and the plot of what was measured.
#[test]
fn the_first_pages_have_their_photos() {
    let photos =
        [vec!["docs/side-by-side.png", "docs/page.png", "compare/bench/cpu.svg"], vec!["../docs/side-by-side.png"]];
    for (page, photos) in Page::first_pages().iter().zip(photos) {
        let pictures = page.parts.iter().filter_map(|part| match part {
            Part::Picture(link) => Some(link.as_str()),
            _ => None,
        });

        assert_eq!(pictures.collect::<Vec<_>>(), photos, "{}", page.name);
    }
}

#[test]
fn every_block_of_code_is_of_a_kind_that_is_checked() {
    let is_known = |page: &Page, info: &[&str]| match info {
        [language, file] if file.starts_with("source=") => LANGUAGES.contains(language),
        ["http", _, name] if !name.is_empty() => KINDS.contains(&&info[..2]) && page.is_chapter(),
        _ if page.is_chapter() => KINDS.contains(&info),
        _ => info == ["sh"] && (page.name.ends_with("README.md") || page.name == "docs/TAKE-HOME.md"),
    };

    for page in Page::all() {
        for (info, text) in page.blocks() {
            let words: Vec<&str> = info.iter().map(String::as_str).collect();

            assert!(is_known(&page, &words), "{} has a block of {info:?}: {text}", page.name);
        }
    }
}

/// What happens on the server during an exchange stands in a comment, and where figures stand that were measured; nothing
/// else does.
#[test]
fn every_comment_is_one_that_the_tests_know() {
    for page in Page::all() {
        for part in &page.parts {
            let Part::Comment(words) = part else { continue };
            let known = page.is_chapter() && ["publish: ", "tick: "].iter().any(|start| words.starts_with(start));

            let blocks =
                ["run", "short", "long", "where", "kept", "scale", "secure"].map(|name| format!("bench: {name}"));
            let measured = words == "/bench" || blocks.contains(words);
            let has_figures =
                page.name.ends_with("README.md") || ["docs/SCALING.md", "docs/HTTP2.md"].contains(&&*page.name);

            let blocks = ["run", "table", "lines", "held", "contract"].map(|name| format!("proxies: {name}"));
            let passed = page.name == "docs/PROXIES.md" && (words == "/proxies" || blocks.contains(words));

            let asked = page.name == "docs/BROWSERS.md" && ["browsers: table", "/browsers"].contains(&words.as_str());

            assert!(known || passed || asked || (measured && has_figures), "{}: <!-- {words} -->", page.name);
        }
    }
}

/// Who hears a table read aloud hears the name of the column with each cell (WCAG 1.3.1).
#[test]
fn every_column_of_a_table_has_a_name() {
    for page in Page::all() {
        let mut lines = page.text.lines().peekable();
        while let Some(line) = lines.next() {
            if lines.peek().is_some_and(|next| next.starts_with("|--")) {
                let cells: Vec<_> = line.split('|').map(str::trim).collect();
                let [_, names @ .., _] = cells.as_slice() else { panic!("{}: {line}", page.name) };
                assert!(names.iter().all(|name| !name.is_empty()), "{}: {line}", page.name);
            }
        }
    }
}

/// `PROGRAM::TEST` in a text is a test: of a crate's own `tests/wire.rs`, or of a folder of `compare/tests`. In Rust's
/// own paths something begins with a capital.
#[test]
fn every_test_that_is_named_exists() {
    for page in Page::all() {
        for part in &page.parts {
            let Part::Code(code) = part else { continue };
            let Some((program, test)) = code.split_once("::") else { continue };
            let known =
                program == "wire" || code == "PROGRAM::TEST" || root().join("compare/tests").join(program).is_dir();
            if !known && code.chars().any(|c| c.is_ascii_uppercase()) {
                continue;
            }
            let found = match program {
                "PROGRAM" => page.name == "docs/FAULTS.md",
                "wire" => is_test(&page.folder().join("tests/wire.rs"), test),
                _ => exists(program, test),
            };

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
        assert!(exists(program, test), "the table names {program}::{test}");
    }
}

/// Whether a folder of `compare/tests` has this test, or `tests/wire.rs` of this crate.
fn exists(program: &str, test: &str) -> bool {
    let wire = root().join(program.replace('_', "-")).join("tests/wire.rs");
    let folder = fs::read_dir(root().join("compare/tests").join(program)).into_iter().flatten();
    let files =
        folder.map(|entry| entry.unwrap().path()).filter(|file| file.extension().is_some_and(|end| end == "rs"));

    files.chain(wire.exists().then_some(wire)).any(|file| is_test(&file, test))
}

/// Whether a file has this function as a test: it is marked so, or a macro that makes the tests has it on its list.
fn is_test(file: &Path, test: &str) -> bool {
    let source = fs::read_to_string(file).unwrap_or_default();
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let is_signature = |line: &&str| line.trim_start_matches("async ").starts_with(&format!("fn {test}("));
    let Some(at) = lines.iter().position(is_signature) else { return false };

    let mut marks = lines[..at].iter().rev().take_while(|line| line.starts_with("#["));
    let marked = marks.any(|mark| mark.ends_with("test]") || mark.contains("::test("));
    let listed = lines.iter().any(|line| {
        line.split_once([',', ':'])
            .is_some_and(|(name, rest)| name == test && (rest.is_empty() || rest.starts_with(" [")))
    });

    marked || listed
}
