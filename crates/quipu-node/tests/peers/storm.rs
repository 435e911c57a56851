//! Everything at once: one-way cuts, isolated nodes, halves, loss, duplication, kills, a disk that takes time.

use std::time::Duration;

use quipu_node::nodes::{GossipCounter, GossipCounterSettings};
use quipu_node::{Reply, Request, Rng};

use crate::world::{Network, World};

struct Storm {
    world: World,
    rng: Rng,
    down: Option<usize>,
    adds: Vec<(i64, i64)>,
}

impl Storm {
    fn new(count: usize, seed: u64) -> Self {
        let network = Network::exponential(100).with_faults(0.05, 0.05);
        let settings = GossipCounterSettings { durable: true, ..GossipCounterSettings::default() };
        let mut world = World::new(count, seed, network, move || GossipCounter::new(settings));
        world.sync_takes = Duration::from_millis(3);
        Self { world, rng: Rng::new(seed), down: None, adds: Vec::new() }
    }

    fn rages(&mut self) {
        for step in 0..2000 {
            if step % 300 == 0 {
                self.changes();
            }
            let node = self.rng.index(self.world.count());
            let change = i64::try_from(self.rng.below(10)).expect("small") - 5;
            self.adds.push((self.world.request(node, Request::Add(change)), change));
            self.world.run(Duration::from_millis(10));
        }
    }

    fn changes(&mut self) {
        self.calms_down();
        let count = self.world.count();
        match self.rng.below(4) {
            0 => self.world.cut_at(1 + self.rng.index(count - 1)),
            1 => {
                let one = self.rng.index(count);
                self.world.cut.extend((0..count).flat_map(|other| [(one, other), (other, one)]));
            }
            2 => {
                let directions = (0..count).flat_map(|a| (0..count).map(move |b| (a, b)));
                let cut: Vec<_> = directions.filter(|_| self.rng.chance(0.4)).collect();
                self.world.cut.extend(cut);
            }
            _ => {}
        }
        if self.rng.chance(0.7) {
            let node = self.rng.index(count);
            self.world.kill(node);
            self.down = Some(node);
        }
    }

    fn calms_down(&mut self) {
        self.world.cut.clear();
        if let Some(node) = self.down.take() {
            self.world.start(node);
        }
    }

    /// The sum of what was acknowledged. Whatever was not acknowledged here was not done either: the disk and the reply
    /// come in the same moment.
    fn acknowledged(&self) -> i128 {
        let done = |number| self.world.replies.get(number).is_some_and(|(_, reply)| *reply == Reply::AddOk);
        self.adds.iter().filter(|(number, _)| done(number)).map(|(_, change)| i128::from(*change)).sum()
    }
}

#[test]
fn ten_seconds_after_any_storm_all_nodes_show_every_acknowledged_add() {
    for (count, seeds) in [(3, 60), (5, 40), (25, 10)] {
        for seed in 0..seeds {
            let mut storm = Storm::new(count, seed);
            storm.rages();
            storm.calms_down();
            storm.world.run(Duration::from_secs(10));
            let sum = storm.acknowledged();
            for node in 0..count {
                let value = storm.world.ask(node, Request::Read);
                assert_eq!(value, Reply::Counter(sum), "{count} nodes, seed {seed}, n{node}");
            }
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_messages() {
    let trace = |seed| {
        let mut storm = Storm::new(5, seed);
        storm.rages();
        storm.world.trace
    };
    assert!(trace(1) == trace(1));
    assert!(trace(1) != trace(2));
}
