//! Runs a test: clients with their timeouts, faults, recovery, quiet, final reads. The same code for every world.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use quipu_maelstrom::ReplyShape;
use quipu_node::{Rng, Time};

use crate::generator::Generator;
use crate::nemesis::{self, TimedFault};
use crate::operation::{Action, Operation, Outcome};
use crate::options::Options;
pub use crate::run::{Phase, Plan, Progress, Run, Script, ScriptedOperation, SetupError};
use crate::session::Memory;
use crate::world::{Arrival, World};

/// How long a client waits for an answer, as Maelstrom's do.
pub const CLIENT_TIMEOUT: Duration = Duration::from_secs(5);

/// Runs a test in `world`, and tells `watch` about it now and then.
pub fn run(
    options: &Options,
    plan: &Plan,
    world: &mut dyn World,
    watch: &mut dyn FnMut(Progress<'_>),
) -> Result<Run, SetupError> {
    let mut rng = Rng::new(options.seed);
    let generator = Generator::new(options.workload, rng.fork());
    let (timing, choice, mut fault_rng) = (rng.fork(), rng.fork(), rng.fork());
    let (feed, faults, final_reads) = match plan {
        Plan::Random => (
            Feed::Random { generator, timing, choice },
            nemesis::schedule(options, &mut fault_rng),
            (0..options.concurrency).collect(),
        ),
        Plan::Script(script) => (
            Feed::Script(script.operations.iter().cloned().collect()),
            script.faults.clone(),
            script.final_reads.clone(),
        ),
    };
    let mut runner = Runner::new(options, world, feed, faults, watch);
    runner.set_up()?;
    runner.load();
    runner.recover(matches!(plan, Plan::Random));
    if options.workload.has_final_reads() && !final_reads.is_empty() {
        runner.quiet();
        runner.final_reads(&final_reads);
    }
    Ok(runner.end())
}

/// Where operations come from.
enum Feed {
    Random { generator: Generator, timing: Rng, choice: Rng },
    Script(VecDeque<ScriptedOperation>),
}

/// A worker: one logical process after the other, each with a client while it lasts.
struct Worker {
    process: u32,
    client: u32,
    msg_id: i64,
    memory: Memory,
    /// Index of its open operation in the history, and when its client gives up.
    open: Option<(usize, Time)>,
}

struct Runner<'a> {
    options: &'a Options,
    world: &'a mut dyn World,
    watch: &'a mut dyn FnMut(Progress<'_>),
    feed: Feed,
    faults: VecDeque<TimedFault>,
    workers: Vec<Worker>,
    free: Vec<u32>,
    worker_of_client: BTreeMap<u32, u32>,
    deadlines: BTreeSet<(Time, u32)>,
    next_client: u32,
    next_due: Time,
    history: Vec<Operation>,
    done_faults: Vec<(Time, quipu_sim::Fault)>,
    active_faults: Vec<String>,
    began: Time,
    healed: Time,
    phase: Phase,
    ok: u64,
    not_ok: u64,
}

impl<'a> Runner<'a> {
    fn new(
        options: &'a Options,
        world: &'a mut dyn World,
        feed: Feed,
        faults: Vec<TimedFault>,
        watch: &'a mut dyn FnMut(Progress<'_>),
    ) -> Self {
        // Maelstrom's numbering: the first clients did the inits, the next the set-ups, then one per worker.
        let first_client = 2 * u32::from(options.node_count);
        let mut runner = Self {
            options,
            world,
            watch,
            feed,
            faults: faults.into(),
            workers: Vec::new(),
            free: (0..options.concurrency).collect(),
            worker_of_client: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            next_client: first_client,
            next_due: Time::ZERO,
            history: Vec::new(),
            done_faults: Vec::new(),
            active_faults: Vec::new(),
            began: Time::ZERO,
            healed: Time::ZERO,
            phase: Phase::Load,
            ok: 0,
            not_ok: 0,
        };
        for worker in 0..options.concurrency {
            let client = runner.open_client(worker);
            runner.workers.push(Worker {
                process: worker,
                client,
                msg_id: 0,
                memory: Memory::default(),
                open: None,
            });
        }
        runner
    }

    /// Sends every node the workload's set-up request and waits for all answers.
    fn set_up(&mut self) -> Result<(), SetupError> {
        if let Some(request) = self.options.workload.setup(self.options) {
            let count = self.options.node_count;
            for node in 0..count {
                let client = u32::from(count) + u32::from(node);
                self.world.request(client, node, 1, &request, ReplyShape::Topology);
            }
            let until = self.world.now() + CLIENT_TIMEOUT;
            let mut waiting: BTreeSet<u16> = (0..count).collect();
            while !waiting.is_empty() {
                let Some(arrival) = self.world.run_until(until) else { break };
                match arrival.reply {
                    Ok(quipu_node::Reply::TopologyOk) => {
                        waiting.remove(&arrival.node);
                    }
                    Ok(other) => {
                        return Err(SetupError(format!("n{} answered topology with {other}", arrival.node)));
                    }
                    Err(problem) => return Err(SetupError(format!("n{}: {problem}", arrival.node))),
                }
            }
            if let Some(node) = waiting.first() {
                return Err(SetupError(format!("n{node} did not answer topology within 5 s")));
            }
        }
        self.began = self.world.now();
        self.next_due = self.began;
        Ok(())
    }

    fn load(&mut self) {
        let limit = self.began + self.options.load_span();
        loop {
            let now = self.world.now();
            self.inject_due(now);
            self.give_up_due(now);
            let exhausted = matches!(&self.feed, Feed::Script(rest) if rest.is_empty());
            let over = match self.feed {
                Feed::Random { .. } => now >= limit,
                Feed::Script(_) => exhausted && self.faults.is_empty(),
            };
            if over {
                break;
            }
            let emission = self.emit_due(now);
            let end = if matches!(self.feed, Feed::Random { .. }) { Some(limit) } else { None };
            self.advance([emission, self.next_fault(), end]);
        }
    }

    /// Waits for the operations in flight, then ends every fault.
    fn recover(&mut self, random: bool) {
        self.phase = Phase::Recovery;
        if self.options.workload.has_final_reads() {
            self.drain();
        }
        self.healed = self.world.now();
        let ends = if random { nemesis::recovery(self.options) } else { self.script_recovery() };
        for fault in ends {
            self.inject(fault);
        }
        self.drain();
    }

    fn quiet(&mut self) {
        self.phase = Phase::Quiet;
        let until = self.world.now() + self.options.quiet_span();
        while self.world.now() < until {
            // Only late answers can arrive now; they go to clients that have given up.
            self.advance([Some(until), None, None]);
        }
    }

    fn final_reads(&mut self, workers: &[u32]) {
        self.phase = Phase::FinalReads;
        for worker in workers {
            self.invoke(*worker, Action::Read, true);
        }
        self.drain();
    }

    fn end(self) -> Run {
        let ended = self.world.now();
        let mistakes = self.world.finish();
        Run {
            history: self.history,
            faults: self.done_faults,
            began: self.began,
            healed: self.healed,
            ended,
            network: self.world.network_stats(),
            trace: self.world.take_trace(),
            mistakes,
        }
    }

    fn drain(&mut self) {
        while !self.deadlines.is_empty() {
            self.give_up_due(self.world.now());
            if !self.deadlines.is_empty() {
                self.advance([None, None, None]);
            }
        }
    }

    /// Lets the world go on to the earliest of `moments` or the next client's end of patience, or to a reply.
    fn advance(&mut self, moments: [Option<Time>; 3]) {
        let give_up = self.deadlines.first().map(|(at, _)| *at);
        let until = moments.into_iter().flatten().chain(give_up).min();
        let Some(until) = until else { return };
        if let Some(arrival) = self.world.run_until(until) {
            self.receive(&arrival);
        }
        self.tell();
    }

    fn tell(&mut self) {
        let progress = Progress {
            elapsed: self.world.now().since(self.began),
            phase: self.phase,
            ok: self.ok,
            not_ok: self.not_ok,
            in_flight: self.deadlines.len(),
            active_faults: &self.active_faults,
        };
        (self.watch)(progress);
    }

    /// Emits what is due; returns when the next emission is due, if it depends on time alone.
    fn emit_due(&mut self, now: Time) -> Option<Time> {
        while let Some((worker, action)) = self.next_emission(now) {
            self.invoke(worker, action, false);
        }
        match &self.feed {
            Feed::Random { .. } => {
                (self.options.rate > 0.0 && !self.free.is_empty()).then_some(self.next_due)
            }
            Feed::Script(rest) => rest
                .front()
                .filter(|next| self.workers[next.worker as usize].open.is_none())
                .map(|next| self.began + next.at),
        }
    }

    fn next_emission(&mut self, now: Time) -> Option<(u32, Action)> {
        match &mut self.feed {
            Feed::Random { generator, timing, choice } => {
                if self.options.rate <= 0.0 || now < self.next_due || self.free.is_empty() {
                    return None;
                }
                let worker = self.free[choice.index(self.free.len())];
                let mean = Duration::from_secs_f64(1.0 / self.options.rate);
                self.next_due = self.next_due + timing.uniform(mean);
                Some((worker, generator.next_action()))
            }
            Feed::Script(rest) => {
                let next = rest.front()?;
                let due = self.began + next.at <= now && self.workers[next.worker as usize].open.is_none();
                if due { rest.pop_front().map(|next| (next.worker, next.action)) } else { None }
            }
        }
    }

    fn invoke(&mut self, worker: u32, action: Action, is_final: bool) {
        let now = self.world.now();
        let node = self.options.node_of(worker);
        let workload = self.options.workload;
        let shape = workload.shape(&action);
        let state = &mut self.workers[worker as usize];
        let request = workload.request(&action, &state.memory);
        state.msg_id += 1;
        let deadline = now + CLIENT_TIMEOUT;
        state.open = Some((self.history.len(), deadline));
        self.deadlines.insert((deadline, worker));
        self.free.retain(|free| *free != worker);
        self.world.request(state.client, node, state.msg_id, &request, shape);
        self.history.push(Operation {
            worker,
            process: state.process,
            node,
            action,
            is_final,
            invoked: now,
            completed: now,
            outcome: Outcome::Info("still open".into()),
        });
    }

    fn receive(&mut self, arrival: &Arrival) {
        // A client that was closed, or a request it gave up on: too late to matter.
        let Some(&worker) = self.worker_of_client.get(&arrival.client) else { return };
        let state = &self.workers[worker as usize];
        let Some((index, _)) = state.open.filter(|_| state.msg_id == arrival.msg_id) else { return };
        let action = &self.history[index].action;
        let outcome = match &arrival.reply {
            Ok(reply) => self.options.workload.outcome(action, reply),
            Err(problem) => Outcome::Info(problem.clone()),
        };
        self.complete(worker, index, outcome);
    }

    fn give_up_due(&mut self, now: Time) {
        while let Some(&(deadline, worker)) = self.deadlines.first().filter(|(deadline, _)| *deadline <= now)
        {
            self.deadlines.remove(&(deadline, worker));
            if let Some((index, _)) = self.workers[worker as usize].open {
                let action = &self.history[index].action;
                let outcome = self.options.workload.error(action, false, "no answer within 5 s".into());
                self.complete(worker, index, outcome);
            }
        }
    }

    fn complete(&mut self, worker: u32, index: usize, outcome: Outcome) {
        let indeterminate = matches!(outcome, Outcome::Info(_));
        if matches!(outcome, Outcome::Ok(_)) {
            self.ok += 1;
        } else {
            self.not_ok += 1;
        }
        let now = self.world.now();
        let state = &mut self.workers[worker as usize];
        state.memory.note(&outcome);
        let operation = &mut self.history[index];
        operation.completed = now;
        operation.outcome = outcome;
        if let Some((_, deadline)) = state.open.take() {
            self.deadlines.remove(&(deadline, worker));
        }
        if self.free.is_empty() {
            // Nobody was free to take what was due: as in Jepsen, what was missed is not made up for.
            self.next_due = self.next_due.max(now);
        }
        self.free.push(worker);
        if indeterminate {
            state.process += self.options.concurrency;
            if !self.options.workload.client_survives() {
                let client = state.client;
                self.world.close_client(client);
                self.worker_of_client.remove(&client);
                let client = self.open_client(worker);
                let state = &mut self.workers[worker as usize];
                state.client = client;
                state.msg_id = 0;
            }
        }
    }

    fn open_client(&mut self, worker: u32) -> u32 {
        let client = self.next_client;
        self.next_client += 1;
        self.worker_of_client.insert(client, worker);
        client
    }

    fn next_fault(&self) -> Option<Time> {
        self.faults.front().map(|timed| self.began + timed.at)
    }

    fn inject_due(&mut self, now: Time) {
        while let Some(timed) = self.faults.pop_front_if(|timed| self.began + timed.at <= now) {
            self.inject(timed.fault);
        }
    }

    fn inject(&mut self, fault: quipu_sim::Fault) {
        self.world.inject(&fault);
        crate::fault_window::update_active(&mut self.active_faults, &fault);
        self.done_faults.push((self.world.now(), fault));
    }

    /// What ends the faults that a script started.
    fn script_recovery(&self) -> Vec<quipu_sim::Fault> {
        let nodes = || (0..self.options.node_count).collect::<Vec<_>>();
        let mut ends = Vec::new();
        for (_, fault) in &self.done_faults {
            let end = match fault {
                quipu_sim::Fault::Partition(_) => quipu_sim::Fault::Heal,
                quipu_sim::Fault::Kill(_) => quipu_sim::Fault::Restart(nodes()),
                quipu_sim::Fault::Pause(_) => quipu_sim::Fault::Resume(nodes()),
                quipu_sim::Fault::Slow => quipu_sim::Fault::Fast,
                _ => continue,
            };
            if !ends.contains(&end) {
                ends.push(end);
            }
        }
        ends
    }
}
