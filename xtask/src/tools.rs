//! Tools that the checks need and that a fresh machine may lack.
//!
//! Invariant: what is there already is left alone, and nothing is installed without being announced.

use std::path::Path;
use std::process::Command;

use crate::command::{answers_version, cargo, run};

/// A program that the end-to-end runs need, and the Debian package that brings it.
const PROGRAMS: [(&str, &str); 3] = [("python3", "python3"), ("node", "nodejs"), ("cc", "gcc libc6-dev")];

/// Cargo's own extensions: the subcommand, its component for rustup, and its Debian package.
const EXTENSIONS: [(&str, &str, &str); 2] =
    [("fmt", "rustfmt", "rustfmt"), ("clippy", "clippy", "rust-clippy")];

/// Makes sure that every tool is there.
pub(crate) fn ensure(root: &Path) -> Result<(), String> {
    let mut packages = missing(&PROGRAMS);
    for (subcommand, component, package) in EXTENSIONS {
        if answers_version(cargo(root).get_program(), &[subcommand]) {
            println!("cargo {subcommand}: found");
        } else if answers_version("rustup", &[]) {
            println!("cargo {subcommand}: missing, adding the component {component} with rustup");
            run(Command::new("rustup").current_dir(root).args(["component", "add", component]))?;
        } else {
            println!("cargo {subcommand}: missing, will install the Debian package: {package}");
            packages.push(package);
        }
    }
    if packages.is_empty() { Ok(()) } else { install(&packages) }
}

/// Makes sure that these programs are there, each with the Debian packages that bring it.
pub(crate) fn ensure_programs(programs: &[(&'static str, &'static str)]) -> Result<(), String> {
    let packages = missing(programs);
    if packages.is_empty() { Ok(()) } else { install(&packages) }
}

/// The packages of the programs that are not there, each once.
fn missing(programs: &[(&'static str, &'static str)]) -> Vec<&'static str> {
    let mut packages = Vec::new();
    for (program, names) in programs {
        if answers_version(program, &[]) {
            println!("{program}: found");
        } else {
            println!("{program}: missing, will install the Debian packages: {names}");
            packages.extend(names.split(' ').filter(|name| !packages.contains(name)).collect::<Vec<_>>());
        }
    }
    packages
}

/// Installs Debian packages; through sudo where there is one, because only an administrator may.
fn install(packages: &[&str]) -> Result<(), String> {
    let apt = |arguments: &[&str]| {
        let mut command = if answers_version("sudo", &[]) {
            let mut sudo = Command::new("sudo");
            sudo.args(["--non-interactive", "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
            sudo
        } else {
            Command::new("apt-get")
        };
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        run(&mut command)
    };
    let advice = |error: String| format!("{error}\nplease install by hand: {}", packages.join(" "));
    let install = [&["install", "--yes", "--no-install-recommends"], packages].concat();
    apt(&["update"]).and_then(|()| apt(&install)).map_err(advice)
}
