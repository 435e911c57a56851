//! The dependency arrows of ARCHITECTURE.md, checked against the manifests as cargo reads them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Each crate, and the crates of ours that it may know. Whoever adds a crate adds a line here.
const ARROWS: [(&str, &[&str]); 12] = [
    ("quipu-laws", &[]),
    ("quipu-oracle", &[]),
    ("quipu-crdt", &["quipu-laws", "quipu-oracle"]),
    ("quipu-node", &["quipu-crdt"]),
    ("quipu-maelstrom", &["quipu-node"]),
    ("quipu-sim", &["quipu-node"]),
    ("quipu-study", &["quipu-crdt", "quipu-node", "quipu-sim"]),
    ("quipu-engines", &["quipu-node"]),
    ("quipu-harness", &["quipu-maelstrom", "quipu-node", "quipu-sim"]),
    (
        "quipu-lessons",
        &["quipu-laws", "quipu-crdt", "quipu-maelstrom", "quipu-node", "quipu-sim", "quipu-harness"],
    ),
    (
        "quipu",
        &[
            "quipu-crdt",
            "quipu-engines",
            "quipu-harness",
            "quipu-lessons",
            "quipu-maelstrom",
            "quipu-node",
            "quipu-sim",
            "quipu-study",
        ],
    ),
    ("xtask", &[]),
];

/// Foreign crates that a crate must not use, because it must not know what they are for. Its tests may.
const FORBIDDEN: [(&str, &[&str]); 3] = [
    ("quipu-crdt", &["serde_json", "rustix", "clap", "indicatif", "fastrand", "rand", "getrandom"]),
    ("quipu-node", &["serde_json", "rustix", "clap", "indicatif", "rand", "getrandom"]),
    ("quipu-sim", &["serde_json", "rustix", "clap", "indicatif", "rand", "getrandom"]),
];

/// The crates of ours that only tests may use; and the lessons, whose subject testing is.
const TESTS_ALONE: [&str; 2] = ["quipu-laws", "quipu-oracle"];

/// Async runtimes; the process driver has threads and channels.
const RUNTIMES: [&str; 4] = ["tokio", "async-std", "smol", "futures-executor"];

/// The one crate that uses one, and which: the engines' clients come with it.
const MAY_RUN: (&str, &str) = ("quipu-engines", "tokio");

/// One line of a manifest.
struct Dependency {
    /// The package's own name, also where the manifest renames it.
    name: String,
    /// For tests and examples alone.
    for_tests: bool,
}

/// Every crate of the workspace with all it depends on: normal, build and development.
fn manifests() -> BTreeMap<String, Vec<Dependency>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let arguments = ["metadata", "--no-deps", "--offline", "--format-version", "1"];
    let output = Command::new(cargo).current_dir(root).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    packages.iter().map(|package| (name(package), dependencies(package))).collect()
}

fn dependencies(package: &Value) -> Vec<Dependency> {
    let listed = package["dependencies"].as_array().unwrap();
    listed.iter().map(|entry| Dependency { name: name(entry), for_tests: entry["kind"] == "dev" }).collect()
}

fn name(entry: &Value) -> String {
    entry["name"].as_str().unwrap().to_owned()
}

fn is_ours(name: &str) -> bool {
    name.starts_with("quipu") || name == "xtask"
}

#[test]
fn every_crate_knows_only_what_the_arrows_allow() {
    let arrows = BTreeMap::from(ARROWS);
    for (package, dependencies) in manifests() {
        let allowed =
            arrows.get(package.as_str()).unwrap_or_else(|| panic!("{package} has no line in ARROWS"));
        for Dependency { name, .. } in dependencies.iter().filter(|dependency| is_ours(&dependency.name)) {
            assert!(allowed.contains(&name.as_str()), "{package} must not know {name}");
        }
    }
}

#[test]
fn what_is_for_tests_is_used_by_tests_alone() {
    for (package, dependencies) in manifests() {
        for Dependency { name, for_tests } in dependencies {
            if (package.as_str(), name.as_str()) == ("quipu-lessons", "quipu-laws") {
                continue;
            }
            assert!(
                for_tests || !TESTS_ALONE.contains(&name.as_str()),
                "only the tests of {package} may know {name}"
            );
        }
    }
}

#[test]
fn every_crate_named_in_the_arrows_exists() {
    let manifests = manifests();
    for (package, _) in ARROWS {
        assert!(manifests.contains_key(package), "{package} is in ARROWS but not in the workspace");
    }
}

#[test]
fn the_arrows_form_no_cycle() {
    // Each line may only name crates of earlier lines: an order exists, so there is no cycle.
    for (index, (package, allowed)) in ARROWS.iter().enumerate() {
        for dependency in *allowed {
            let earlier = ARROWS[..index].iter().any(|(name, _)| name == dependency);
            assert!(earlier, "{package} -> {dependency} points forward");
        }
    }
}

#[test]
fn no_crate_uses_what_it_must_not_know() {
    let manifests = manifests();
    for (package, forbidden) in FORBIDDEN {
        for Dependency { name, for_tests } in &manifests[package] {
            assert!(*for_tests || !forbidden.contains(&name.as_str()), "{package} must not use {name}");
        }
    }
}

#[test]
fn no_crate_but_the_engines_uses_an_async_runtime() {
    for (package, dependencies) in manifests() {
        for Dependency { name, .. } in dependencies {
            if (package.as_str(), name.as_str()) == MAY_RUN {
                continue;
            }
            assert!(!RUNTIMES.contains(&name.as_str()), "{package} must not use {name}");
        }
    }
}
