//! Every lesson with few seeds: it has all its parts, and says the same twice. What needs many seeds to be seen is checked on
//! the release binary, by `cargo xtask test lessons`.

use quipu_lessons::{Block, LESSONS, Lab, Lesson, Report, plain};

fn text(lesson: &Lesson, report: &Report) -> String {
    plain::report(lesson, report, &str::to_owned).join("\n")
}

fn has_figures(blocks: &[Block]) -> bool {
    blocks.iter().any(|block| matches!(block, Block::Rate(_) | Block::Table(_)))
}

#[test]
fn every_lesson_has_its_parts_and_figures_of_its_own_run() {
    for lesson in LESSONS {
        let report = lesson.give(&Lab::quiet(Some(3))).unwrap();
        let name = lesson.name;
        assert!(!report.problem.is_empty() && !report.idea.is_empty(), "{name}");
        assert!(has_figures(&report.failure), "{name} shows no rate of failure");
        assert!(!report.remedy.is_empty() && !report.questions.is_empty(), "{name}");
        assert!(report.claims.len() >= 2, "{name}");
        for question in &report.questions {
            let has_number = question.answer.chars().any(|letter| letter.is_ascii_digit());
            assert!(has_number, "{name}: an answer without a number: {}", question.answer);
        }
    }
}

#[test]
fn a_lesson_says_the_same_on_every_run_and_on_any_number_of_threads() {
    let lesson = quipu_lessons::find("maximum").unwrap();
    let once = lesson.give(&Lab::new(Some(6), 1, &|_, _, _| {})).unwrap();
    let again = lesson.give(&Lab::new(Some(6), 3, &|_, _, _| {})).unwrap();
    assert_eq!(text(lesson, &once), text(lesson, &again));
}

#[test]
fn stories_have_pictures_that_stand_alone() {
    for name in ["maximum", "laws", "amnesia"] {
        let report = quipu_lessons::find(name).unwrap().give(&Lab::quiet(Some(6))).unwrap();
        let stories: Vec<_> = report
            .failure
            .iter()
            .chain(&report.remedy)
            .filter_map(|block| match block {
                Block::Story(story) => Some(story),
                _ => None,
            })
            .collect();
        assert!(stories.iter().filter(|story| story.picture.is_some()).count() >= 2, "{name}");
        for picture in stories.iter().filter_map(|story| story.picture.as_ref()) {
            assert!(picture.starts_with("<svg ") && picture.contains("xmlns="), "{name}: {picture}");
        }
        assert!(stories.iter().all(|story| !story.lines.is_empty()), "{name}");
    }
}
