//! Makes a failing script shorter for as long as it still fails.

use crate::step::Step;

/// Leaves out steps, in large pieces first, then exchanges operations for earlier ones of the alphabet.
pub(crate) fn shrink<O: Clone>(
    mut steps: Vec<Step<O>>,
    alphabet: &[O],
    fails: &mut dyn FnMut(&[Step<O>]) -> bool,
) -> Vec<Step<O>> {
    loop {
        let before = steps.len();
        steps = without_needless(steps, fails);
        if steps.len() == before {
            break;
        }
    }
    with_simpler_operations(steps, alphabet, fails)
}

fn without_needless<O: Clone>(
    mut steps: Vec<Step<O>>,
    fails: &mut dyn FnMut(&[Step<O>]) -> bool,
) -> Vec<Step<O>> {
    let mut piece = steps.len() / 2;
    while piece > 0 {
        let mut start = 0;
        while start < steps.len() {
            let mut shorter = steps.clone();
            shorter.drain(start..(start + piece).min(steps.len()));
            if fails(&shorter) {
                steps = shorter;
            } else {
                start += piece;
            }
        }
        piece /= 2;
    }
    steps
}

fn with_simpler_operations<O: Clone>(
    mut steps: Vec<Step<O>>,
    alphabet: &[O],
    fails: &mut dyn FnMut(&[Step<O>]) -> bool,
) -> Vec<Step<O>> {
    for index in 0..steps.len() {
        let Step::Edit { node, tag, .. } = steps[index] else { continue };
        for operation in alphabet {
            let mut simpler = steps.clone();
            simpler[index] = Step::Edit { node, operation: operation.clone(), tag };
            if fails(&simpler) {
                steps = simpler;
                break;
            }
        }
    }
    steps
}
