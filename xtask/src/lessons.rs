//! Every lesson is given, and what it says is held against its own figures; then the site; then what its exercises start from.
//!
//! Intervals are computed again here, by other code, from the counts that stand beside them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::run_quietly;

/// The lessons that there must be at least, and the rates that they must show at least.
const LESSONS_AT_LEAST: usize = 23;
const RATES_AT_LEAST: usize = 100;
const PICTURES_AT_LEAST: usize = 40;

/// The skeletons in Python, the workload of each, and the exit code with one node. There each of them is right, and what is left to
/// do is to replicate; but for the register, which replaces what its client has not read even then.
const SKELETONS: [(&str, &str, i32); 7] = [
    ("lost-update", "store_counter.py g-counter", 0),
    ("pn-counter", "peer_counter.py g-counter", 0),
    ("or-set", "set.py or-set", 0),
    ("mv-register", "register.py mv-register", 1),
    ("cart", "cart.py cart", 0),
    ("stock", "stock.py bounded-counter", 0),
    ("text", "text.py text", 0),
];

/// Gives the lessons in text, writes the site, runs the skeletons.
pub(crate) fn check(root: &Path) -> Result<(), String> {
    let folder = root.join("target/xtask/lessons");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| format!("cannot empty {}: {error}", folder.display()))?;
    }
    let given = run_quietly(quipu(root).args(["--all", "--jobs", "1"]), &[0])?.printed;
    lessons(&given)?;
    // What few seeds may not show is no matter here: what counts is that the site is whole.
    let site = folder.join("site");
    run_quietly(quipu(root).args(["--seeds", "15", "--jobs", "1", "--html"]).arg(&site), &[0, 1])?;
    links(&site)?;
    for (lesson, program, expected) in SKELETONS {
        skeleton(root, &folder.join("skeletons"), lesson, (program, expected))?;
    }
    Ok(())
}

fn quipu(root: &Path) -> Command {
    let mut command = Command::new(root.join("target/release/quipu"));
    command.args(["learn", "--no-progress"]);
    command
}

/// Every part of every lesson is there, every claim is shown, every rate lies where its counts say.
fn lessons(given: &str) -> Result<(), String> {
    for part in
        ["What fails", "The idea", "The remedy", "Exercise", "Asked in interviews", "What this run shows"]
    {
        let count = given.lines().filter(|line| *line == part).count();
        if count < LESSONS_AT_LEAST {
            return Err(format!("{count} lessons have a part `{part}`, not {LESSONS_AT_LEAST}"));
        }
    }
    if let Some(line) = given.lines().find(|line| line.contains("NOT SHOWN")) {
        return Err(format!("a lesson does not show what it says: {line}"));
    }
    let mut rates = 0;
    // In a table there may be more cells behind a rate.
    let pieces = given.lines().flat_map(|line| line.split_inclusive("%)"));
    for piece in pieces.filter(|piece| piece.contains("(95 % interval: ")) {
        rate(piece).map_err(|problem| format!("{problem}: {piece}"))?;
        rates += 1;
    }
    if rates < RATES_AT_LEAST {
        return Err(format!("only {rates} rates in all lessons"));
    }
    println!(
        "{LESSONS_AT_LEAST} lessons, {rates} rates, each in the interval that its counts give; all claims shown"
    );
    Ok(())
}

/// Reads `31 of 100 = 31.00 %  (95 % interval: 22.78 to 40.63 %)` at the end of a line, and computes it again.
fn rate(line: &str) -> Result<(), String> {
    let (counts, rest) = line.rsplit_once(" = ").ok_or("no share")?;
    let mut words = counts.split_whitespace().rev();
    let mut number = || words.next().and_then(|word| word.parse::<f64>().ok()).ok_or("no count");
    let trials = number()?;
    if words.next() != Some("of") {
        return Err("no count".into());
    }
    let hits = words.next().and_then(|word| word.parse::<f64>().ok()).ok_or("no count")?;
    let figures: Vec<f64> = rest
        .split(|letter: char| !letter.is_ascii_digit() && letter != '.')
        .filter_map(|word| word.parse().ok())
        .collect();
    let [share, ninety_five, low, high] = figures[..] else { return Err("no interval".into()) };
    let (wilson_low, wilson_high) = wilson(hits, trials);
    let near = |shown: f64, computed: f64| (shown - 100.0 * computed).abs() < 0.006;
    if near(ninety_five, 0.95)
        && near(share, hits / trials)
        && near(low, wilson_low)
        && near(high, wilson_high)
    {
        Ok(())
    } else {
        Err(format!("its counts give {:.2} to {:.2} %", 100.0 * wilson_low, 100.0 * wilson_high))
    }
}

/// Wilson's interval as the two roots of (p - share)² = z² p (1 - p) / n.
fn wilson(hits: f64, trials: f64) -> (f64, f64) {
    let z2 = 1.959_964_f64.powi(2);
    let (a, b, c) = (trials + z2, 2.0 * hits + z2, hits * hits / trials);
    let root = (b * b - 4.0 * a * c).max(0.0).sqrt();
    ((b - root) / (2.0 * a), (b + root) / (2.0 * a))
}

/// Every link and picture of the site is there, and every picture is shown on a page.
fn links(site: &Path) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    let pages: Vec<PathBuf> = files(site)?.into_iter().filter(|path| ends_with(path, "html")).collect();
    for page in &pages {
        let text =
            fs::read_to_string(page).map_err(|error| format!("cannot read {}: {error}", page.display()))?;
        for attribute in ["href='", "src='"] {
            for rest in text.split(attribute).skip(1) {
                let target = rest.split('\'').next().unwrap_or_default();
                let path = site.join(target);
                if !path.is_file() {
                    return Err(format!("{} leads to {target}, which is not there", page.display()));
                }
                seen.insert(path);
            }
        }
    }
    let pictures = files(&site.join("pictures"))?;
    if let Some(path) = pictures.iter().find(|path| !seen.contains(*path)) {
        return Err(format!("no page shows {}", path.display()));
    }
    if pages.len() <= LESSONS_AT_LEAST || pictures.len() < PICTURES_AT_LEAST {
        return Err(format!("the site has {} pages and {} pictures", pages.len(), pictures.len()));
    }
    println!("site: {} pages, {} pictures, {} links, all there", pages.len(), pictures.len(), seen.len());
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let problem = |error| format!("cannot list {}: {error}", folder.display());
    let entries = fs::read_dir(folder).map_err(problem)?.collect::<Result<Vec<_>, _>>().map_err(problem)?;
    Ok(entries.into_iter().map(|entry| entry.path()).filter(|path| path.is_file()).collect())
}

fn ends_with(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|extension| extension == ending)
}

/// Fetches a skeleton as a reader would, and runs it alone.
fn skeleton(
    root: &Path,
    folder: &Path,
    lesson: &str,
    (program, expected): (&str, i32),
) -> Result<(), String> {
    let folder = folder.join(lesson);
    run_quietly(quipu(root).arg(lesson).arg("--exercise").arg(&folder), &[0])?;
    let (file, workload) = program.split_once(' ').ok_or("a program and a workload")?;
    let mut test = Command::new(root.join("target/release/quipu"));
    test.args(["test", "-w", workload, "--node-count", "1", "--rate", "40", "--time-limit", "1"]);
    test.args(["--quiet-time", "0.2", "--seed", "1", "--out"])
        .arg(folder.join("run"))
        .arg("--bin")
        .arg(folder.join(file));
    let ended = run_quietly(&mut test, &[expected])?;
    if ended.printed.contains("mistake") {
        return Err(format!("{}\nthe skeleton {file} makes a mistake", ended.printed));
    }
    println!(
        "skeleton {file}: alone it ends with {expected} under {workload}, as it must, and makes no mistake"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_held_against_its_counts() {
        assert_eq!(rate("cas: failed tests: 31 of 100 = 31.00 %  (95 % interval: 22.78 to 40.63 %)"), Ok(()));
        assert_eq!(rate("0 of 60 = 0.00 %  (95 % interval: 0.00 to 6.02 %)"), Ok(()));
        assert!(rate("31 of 100 = 32.00 %  (95 % interval: 22.78 to 40.63 %)").is_err());
        assert!(rate("31 of 100 = 31.00 %  (95 % interval: 20.00 to 40.63 %)").is_err());
        assert!(rate("no rate at all (95 % interval: )").is_err());
    }
}
