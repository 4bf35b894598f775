//! What the five commands say to a mistake: one line, which says what to do.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
};

use compare::transports::ALL;
use serde_json::Value;

#[test]
fn a_port_in_use_is_one_line_and_exit_code_1() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();

    for row in ALL {
        let (code, text) = run(&program(row.transport.name), &["--port", &port]);

        assert_eq!((code, text.lines().count()), (Some(1), 1), "{text}");
        assert!(text.contains("choose another port with --port"), "{text}");
    }
}

#[test]
fn missing_assets_are_one_line_and_exit_code_1() {
    for row in ALL {
        let (code, text) = run(&program(row.transport.name), &["--port", "0", "--assets", "/nowhere"]);

        assert_eq!((code, text.lines().count()), (Some(1), 1), "{text}");
        assert!(text.contains("point --assets at the project's folder"), "{text}");
    }
}

#[test]
fn a_bad_option_is_one_line_and_exit_code_2() {
    for row in ALL {
        let program = program(row.transport.name);
        for wrong in ["--nonsense", "--tick=soon", "--port=65536", "--history=0", "--host=nobody", "--allow-embed=*"] {
            let (code, text) = run(&program, &["--port", "0", wrong]);

            assert_eq!((code, text.lines().count()), (Some(2), 1), "{wrong}: {text}");
            assert!(text.contains("--help lists the options"), "{text}");
        }
    }
}

/// What `cargo run -p` runs, built as that does.
fn program(name: &str) -> PathBuf {
    let mut command = Command::new(env!("CARGO"));
    let cargo = ["build", "--quiet", "--locked", "-p", name, "--message-format", "json"];
    let output = command.args(cargo).current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).output().unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));

    let told = String::from_utf8(output.stdout).unwrap();
    let mut built = told.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let program = built.find_map(|unit| unit["executable"].as_str().map(PathBuf::from));

    program.unwrap_or_else(|| panic!("{name} is no program"))
}

/// The exit code, and all that was printed.
fn run(program: &Path, options: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(program).args(options).output().unwrap();

    (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}
