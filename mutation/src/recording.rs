//! What was found out about the tests of a program, kept until the program is another one.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::compile::Program;
use crate::run::{Depth, Test};

/// A file for one program at one depth.
pub(crate) struct Recording {
    path: PathBuf,
    /// What tells this program from an earlier one at the same place: its first line.
    mark: String,
}

impl Recording {
    pub(crate) fn of(tree: &Path, program: &Program, depth: Depth) -> Result<Self, String> {
        let cannot = |error: std::io::Error| format!("cannot read {}: {error}", program.path.display());
        let data = fs::metadata(&program.path).map_err(cannot)?;
        let time =
            data.modified().map_err(cannot)?.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let folder = tree.with_file_name("recorded");
        fs::create_dir_all(&folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
        let path = folder.join(format!("{depth:?}-{}-{}.txt", program.package, program.name));
        Ok(Self { path, mark: format!("{} {} {}", program.path.display(), data.len(), time.as_nanos()) })
    }

    pub(crate) fn load(&self, program: &Program) -> Option<Vec<Test>> {
        let text = fs::read_to_string(&self.path).ok()?;
        let rest = text.strip_prefix(&self.mark)?;
        rest.lines().filter(|line| !line.is_empty()).map(|line| read(program, line)).collect()
    }

    pub(crate) fn save(&self, tests: &[Test]) -> Result<(), String> {
        let lines: String = tests.iter().map(written).collect();
        let text = format!("{}\n{lines}", self.mark);
        fs::write(&self.path, text).map_err(|error| format!("cannot write {}: {error}", self.path.display()))
    }
}

fn written(test: &Test) -> String {
    let numbers: Vec<String> = test.reaches.iter().map(u32::to_string).collect();
    format!("{}\t{}\t{}\n", test.name, test.seconds, numbers.join(" "))
}

fn read(program: &Program, line: &str) -> Option<Test> {
    let parts: Vec<&str> = line.split('\t').collect();
    let [name, seconds, numbers] = parts[..] else { return None };
    let reaches = numbers.split_whitespace().map(|number| number.parse().ok()).collect::<Option<_>>()?;
    Some(Test { program: program.clone(), name: name.to_owned(), seconds: seconds.parse().ok()?, reaches })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_read_as_it_was_written() {
        let program = Program { package: "a".into(), name: "b".into(), path: "c".into() };
        let test =
            Test { program: program.clone(), name: "m::t".into(), seconds: 0.25, reaches: vec![3, 40] };
        let again = read(&program, written(&test).trim_end()).unwrap();
        assert_eq!((again.name, again.seconds, again.reaches), (test.name, test.seconds, test.reaches));
        let none = Test { program: program.clone(), name: "t".into(), seconds: 0.0, reaches: Vec::new() };
        assert!(read(&program, written(&none).trim_end_matches('\n')).is_some());
    }
}
