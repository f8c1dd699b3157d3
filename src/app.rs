//! The loop: what happened goes into the state, what is to be done goes to the runner, then the screen is drawn once.
//!
//! Keys go before everything else; nothing here waits for the network, a file or a lock. There is no tick: a timer
//! exists only while something on the screen is relative to now.

use std::io;
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tokio::sync::mpsc::{Receiver, UnboundedReceiver};
use tokio::time::{Instant, sleep_until};

use crate::cluster::Connector;
use crate::effect::{Effect, OpId};
use crate::event::Event;
use crate::keymap::key::KeyPress;
use crate::model::remote::{Ended, Entrance};
use crate::runner::Runner;
use crate::screen;
use crate::state::{Now, State};
use crate::terminal::input::{InputEvent, MouseEvent, MouseKind, Signal};
use crate::terminal::output::Output;
use crate::update::update;

/// The least time between two answers to keys. What only data changed does not count: a key that comes right behind such a
/// frame is answered at once.
const FRAME: Duration = Duration::from_millis(16);
/// The least time between two frames when only data changed: 15 a second are enough to read, and cheap over SSH.
const DATA_FRAME: Duration = Duration::from_millis(66);
/// Rows of a re-filtering or re-sorting handled before keys are looked at again.
const WORK_ROWS: usize = 2_000;

/// Why the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// The user, or SIGTERM, wants to go.
    Quit,
    /// Back to the shell; run again afterwards.
    Suspend,
    /// The user's editor gets the terminal; run again afterwards. See [`App::to_edit`].
    Edit,
    /// The user's pager gets the terminal; run again afterwards. See [`App::to_page`].
    Page,
    /// A container gets the terminal; run again afterwards. See [`App::to_enter`].
    Enter,
    /// The terminal is gone, or the program was told so.
    Gone,
}

/// The clock of the loop; follows tokio's, so tests can hold it.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    start: Instant,
    unix: Duration,
}

impl Clock {
    /// A clock that starts now, at this Unix time.
    pub fn new(unix: Duration) -> Self {
        Self { start: Instant::now(), unix }
    }

    /// The clock of the machine.
    pub fn system() -> Self {
        Self::new(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default())
    }

    /// The time.
    pub fn now(&self) -> Now {
        let mono = self.start.elapsed();
        Now { mono, unix: (self.unix + mono).as_secs() as i64 }
    }

    /// The machine slept or its clock was set: Unix time is read anew.
    pub fn resync(&mut self) {
        let unix = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        self.unix = unix.saturating_sub(self.start.elapsed());
    }

    fn instant(&self, mono: Duration) -> Instant {
        self.start + mono
    }
}

/// The bytes that make a terminal announce something: the bell, or a notification (OSC 9, OSC 777).
fn ring(way: &str, words: &str) -> Vec<u8> {
    // The words come from the cluster: nothing in them may end the sequence.
    let words: String = words.chars().map(|c| if c.is_control() || c == ';' { ' ' } else { c }).collect();
    match way {
        "osc9" => format!("\x1b]9;{words}\x07").into_bytes(),
        "osc777" => format!("\x1b]777;notify;dogwatch;{words}\x07").into_bytes(),
        _ => vec![7],
    }
}

/// The loop and what it works on.
pub struct App<O> {
    /// The state.
    pub state: State,
    /// Where frames go.
    pub output: O,
    runner: Runner,
    input: UnboundedReceiver<InputEvent>,
    events: Receiver<Event>,
    clock: Clock,
    frame: Buffer,
    dirty: Dirty,
    /// A filter or an order was being worked out.
    worked: bool,
    drawn_at: Option<Duration>,
    /// When a key's answer was drawn last.
    answered_at: Option<Duration>,
    wake: Option<Duration>,
    edit: Option<(OpId, String)>,
    page: Option<String>,
    enter: Option<(OpId, Entrance, Vec<KeyPress>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Dirty {
    No,
    Data,
    Key,
}

impl<O: Output> App<O> {
    /// A loop that has not run yet; `first` is what the state wants to be done.
    pub fn new(
        state: State,
        first: Vec<Effect>,
        output: O,
        mut runner: Runner,
        input: UnboundedReceiver<InputEvent>,
        events: Receiver<Event>,
        clock: Clock,
    ) -> Self {
        for effect in first {
            runner.run(effect);
        }
        let frame = Buffer::empty(Rect::ZERO);
        Self {
            state,
            output,
            runner,
            input,
            events,
            clock,
            frame,
            dirty: Dirty::Key,
            worked: false,
            drawn_at: None,
            answered_at: None,
            wake: None,
            edit: None,
            page: None,
            enter: None,
        }
    }

    /// Runs until the user leaves, suspends, or the terminal is gone.
    pub async fn run(&mut self) -> io::Result<Leave> {
        loop {
            if let Some(leave) = self.until(|_, _| false).await? {
                return Ok(leave);
            }
        }
    }

    /// Runs until the state is as wanted, and no further: for who has no screen, and nobody at the keys. Answers why it ended
    /// before.
    pub async fn until(&mut self, wanted: impl Fn(&State, Now) -> bool) -> io::Result<Option<Leave>> {
        // The screen is up before anything is waited for.
        self.draw_if_due()?;
        loop {
            if let Some(leave) = self.drain()? {
                return Ok(Some(leave));
            }
            let working = self.state.work(self.clock.now(), WORK_ROWS);
            if working {
                self.dirty = self.dirty.max(Dirty::Data);
            } else if self.worked {
                // Filters and orders are asked for by keys: their result is the key's answer.
                self.dirty = Dirty::Key;
            }
            self.worked = working;
            let due = self.draw_if_due()?;
            if working {
                tokio::task::yield_now().await;
                continue;
            }
            if wanted(&self.state, self.clock.now()) {
                return Ok(None);
            }
            let timer = match (due, self.wake) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
            let timer_at = timer.map(|at| self.clock.instant(at));
            tokio::select! {
                biased;
                input = self.input.recv() => match input {
                    Some(input) => if let Some(leave) = self.on_input(input)? { return Ok(Some(leave)) },
                    None => return Ok(Some(Leave::Gone)),
                },
                Some(event) = self.events.recv() => if let Some(leave) = self.on_event(event)? { return Ok(Some(leave)) },
                () = sleep_until(timer_at.unwrap_or_else(Instant::now)), if timer_at.is_some() => {
                    if self.wake.is_some_and(|wake| wake <= self.clock.now().mono) {
                        self.wake = None;
                        let effects = self.state.on_time(self.clock.now());
                        if let Some(leave) = self.carry_out(effects)? { return Ok(Some(leave)) }
                        self.dirty = self.dirty.max(Dirty::Data);
                    }
                }
            }
        }
    }

    /// Takes everything that is queued; keys first, and again after every batch of rows.
    fn drain(&mut self) -> io::Result<Option<Leave>> {
        loop {
            while let Ok(input) = self.input.try_recv() {
                if let Some(leave) = self.on_input(input)? {
                    return Ok(Some(leave));
                }
            }
            if self.dirty != Dirty::No && self.frame_due_in().is_zero() {
                // A key's answer is shown before more rows are taken in.
                return Ok(None);
            }
            match self.events.try_recv() {
                Ok(event) => {
                    if let Some(leave) = self.on_event(event)? {
                        return Ok(Some(leave));
                    }
                }
                Err(_) => return Ok(None),
            }
        }
    }

    fn on_input(&mut self, input: InputEvent) -> io::Result<Option<Leave>> {
        let event = match input {
            InputEvent::Key(key) => Event::Key(key),
            InputEvent::Paste(text) => Event::Paste(text),
            InputEvent::Resize(width, height) => Event::Resize(width, height),
            InputEvent::Signal(Signal::Terminate) => Event::Terminated,
            InputEvent::Signal(Signal::Suspend) => return Ok(Some(Leave::Suspend)),
            InputEvent::Signal(Signal::Continued) => {
                self.output.invalidate();
                self.clock.resync();
                Event::Resumed
            }
            // The button's way up and what is dragged say nothing.
            InputEvent::Mouse(MouseEvent { kind: MouseKind::Up(_) | MouseKind::Drag(_), .. })
            | InputEvent::Focus(_) => return Ok(None),
            InputEvent::Mouse(mouse) => Event::Mouse(mouse),
            InputEvent::Closed | InputEvent::Signal(Signal::HangUp) => return Ok(Some(Leave::Gone)),
        };
        self.dirty = Dirty::Key;
        self.apply(event)
    }

    fn on_event(&mut self, event: Event) -> io::Result<Option<Leave>> {
        self.dirty = self.dirty.max(Dirty::Data);
        let filled = self.state.cache.filled();
        let leave = self.apply(event);
        if self.state.cache.filled() > filled {
            // Somebody waits for the first rows of a table.
            self.dirty = Dirty::Key;
        }
        leave
    }

    /// What is to be done when the terminal is gone: as at SIGTERM, the journal says what was under way.
    pub fn gone(&mut self) -> io::Result<()> {
        self.apply(Event::Terminated).map(drop)
    }

    fn apply(&mut self, event: Event) -> io::Result<Option<Leave>> {
        let effects = update(&mut self.state, event, self.clock.now());
        self.carry_out(effects)
    }

    /// Hands the effects to the runner; those that concern the terminal are done here.
    fn carry_out(&mut self, effects: Vec<Effect>) -> io::Result<Option<Leave>> {
        for effect in effects {
            match effect {
                Effect::Quit => return Ok(Some(Leave::Quit)),
                Effect::Suspend => return Ok(Some(Leave::Suspend)),
                Effect::OpenEditor(op, text) => self.edit = Some((op, text)),
                Effect::OpenPager(text) => self.page = Some(text),
                Effect::Enter(op, entrance, ahead) => self.enter = Some((op, entrance, ahead)),
                Effect::Redraw => {
                    self.output.invalidate();
                    (self.drawn_at, self.answered_at) = (None, None);
                }
                Effect::Copy(text) => {
                    if let Some(bytes) = self.runner.copy(&text, None) {
                        self.output.send(&bytes)?;
                    }
                }
                Effect::CopyRows(text, rows) => {
                    if let Some(bytes) = self.runner.copy(&text, Some(rows)) {
                        self.output.send(&bytes)?;
                    }
                }
                Effect::Ring(words) => {
                    for way in &self.state.settings.ring {
                        self.output.send(&ring(way, &words))?;
                    }
                    self.runner.run(Effect::Ring(words));
                }
                effect => self.runner.run(effect),
            }
        }
        let lent = [
            (self.enter.is_some(), Leave::Enter),
            (self.edit.is_some(), Leave::Edit),
            (self.page.is_some(), Leave::Page),
        ];
        Ok(lent.into_iter().find_map(|(wanted, leave)| wanted.then_some(leave)))
    }

    /// Asks something of the state that is no key: what follows from it is done.
    pub fn ask(&mut self, ask: impl FnOnce(&mut State, Now) -> Vec<Effect>) -> io::Result<Option<Leave>> {
        let now = self.clock.now();
        self.state.set_now(now);
        let effects = ask(&mut self.state, now);
        self.dirty = self.dirty.max(Dirty::Data);
        self.carry_out(effects)
    }

    /// The text that the editor is to be opened with.
    pub fn to_edit(&self) -> Option<&str> {
        self.edit.as_ref().map(|(_, text)| text.as_str())
    }

    /// The editor was left: with the text as it is now, or why it could not be used.
    pub fn edited(&mut self, result: Result<String, String>) -> io::Result<()> {
        if let Some((op, _)) = self.edit.take() {
            self.apply(Event::Edited(op, result))?;
        }
        Ok(())
    }

    /// The text that the pager is to be opened with.
    pub fn to_page(&self) -> Option<&str> {
        self.page.as_deref()
    }

    /// The pager was left, or could not be used.
    pub fn paged(&mut self, result: Result<(), String>) -> io::Result<()> {
        self.page = None;
        self.apply(Event::Paged(result)).map(drop)
    }

    /// What the terminal is to be handed over to, and what opens it. In read-only mode nothing does.
    pub fn to_enter(&self) -> Option<(Entrance, Option<Connector>)> {
        let (_, entrance, _) = self.enter.as_ref()?;
        Some((entrance.clone(), self.runner.connector()))
    }

    /// The terminal is back.
    pub fn left(&mut self, ended: Ended) -> io::Result<()> {
        if let Some((op, ..)) = self.enter.take() {
            self.apply(Event::Left(op, ended))?;
        }
        Ok(())
    }

    /// What was typed for whoever gets the terminal now, before it was handed over: as the bytes that the keys send.
    pub fn typed_ahead(&mut self) -> io::Result<Vec<u8>> {
        let before = self.enter.iter_mut().flat_map(|(_, _, ahead)| ahead.drain(..));
        let mut bytes: Vec<u8> = before.flat_map(KeyPress::bytes).collect();
        while let Ok(input) = self.input.try_recv() {
            match input {
                InputEvent::Key(key) => bytes.extend(key.bytes()),
                InputEvent::Paste(text) => bytes.extend(text.replace('\n', "\r").bytes()),
                // A signal that ends the program does so when the terminal is back.
                input => drop(self.on_input(input)?),
            }
        }
        Ok(bytes)
    }

    /// Goes on with everything but the screen while the terminal is somebody else's, so that what happens is neither lost nor
    /// kept waiting; answers when the program is to end.
    pub async fn attend(&mut self) -> io::Result<Leave> {
        loop {
            let leave = tokio::select! {
                biased;
                input = self.input.recv() => match input {
                    None | Some(InputEvent::Closed) => Some(Leave::Gone),
                    // Nobody sees a screen that could be given back.
                    Some(InputEvent::Signal(Signal::Suspend)) => None,
                    Some(input) => self.on_input(input)?,
                },
                Some(event) = self.events.recv() => self.on_event(event)?,
            };
            // Rows are settled, filters and orders worked out, as if they were shown.
            while self.state.work(self.clock.now(), WORK_ROWS) {
                tokio::task::yield_now().await;
            }
            if let Some(leave @ (Leave::Quit | Leave::Gone)) = leave {
                return Ok(leave);
            }
        }
    }

    /// The time by the loop's clock.
    pub fn now(&self) -> Now {
        self.clock.now()
    }

    /// The program is in the foreground again.
    pub fn resumed(&mut self) -> io::Result<()> {
        self.clock.resync();
        self.output.invalidate();
        let (width, height) = self.output.size();
        self.on_input(InputEvent::Resize(width, height))?;
        self.apply(Event::Resumed)?;
        Ok(())
    }

    /// How long a frame with what changed has to wait.
    fn frame_due_in(&self) -> Duration {
        let (last, pause) =
            if self.dirty == Dirty::Key { (self.answered_at, FRAME) } else { (self.drawn_at, DATA_FRAME) };
        last.map_or(Duration::ZERO, |at| (at + pause).saturating_sub(self.clock.now().mono))
    }

    /// Draws when something changed and the last frame is old enough; otherwise says when it will be.
    fn draw_if_due(&mut self) -> io::Result<Option<Duration>> {
        if self.dirty == Dirty::No {
            return Ok(None);
        }
        let now = self.clock.now();
        let wait = self.frame_due_in();
        if !wait.is_zero() {
            return Ok(Some(now.mono + wait));
        }
        let (width, height) = self.state.size;
        let area = Rect { x: 0, y: 0, width, height };
        if self.frame.area != area {
            self.frame.resize(area);
        }
        self.frame.reset();
        self.state.settle(now);
        self.state.measure(now);
        let drawn = screen::draw(&self.state, now, &mut self.frame);
        self.output.present(&self.frame, drawn.cursor)?;
        self.wake = drawn.wake.map(|at| at.max(now.mono + Duration::from_millis(1)));
        self.state.on_drawn(now);
        self.drawn_at = Some(now.mono);
        if self.dirty == Dirty::Key {
            self.answered_at = self.drawn_at;
        }
        self.dirty = Dirty::No;
        Ok(None)
    }
}
