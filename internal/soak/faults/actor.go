package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
)

// actor is a trainer's or a validator's app, in a process that is killed and started again.
type actor struct {
	*process
	role    string
	wallet  solana.PublicKey
	lasting bool // it is never killed: its memory is watched from the beginning to the end

	mu      sync.Mutex
	started bool // this process has said that it works
	samples []sample
	dumps   []dump
	resume  resume
	said    []string // the last lines about training, for a fault to tell
}

// maxSaid is how many lines of an app are kept.
const maxSaid = 300

// about are the last lines that an app wrote of a round, and how it ended meanwhile; a.mu is held.
func (a *actor) about(id uint64) string {
	var lines []string
	for _, line := range a.said {
		if strings.HasPrefix(line, "ended") || strings.Contains(line, fmt.Sprintf(`"round":%d,`, id)) {
			lines = append(lines, "\n\t"+line)
		}
	}
	return strings.Join(lines[max(0, len(lines)-20):], "")
}

// note keeps a line; a.mu is held.
func (a *actor) note(line string) {
	a.said = append(a.said, line[:min(len(line), 500)])
	a.said = a.said[max(0, len(a.said)-maxSaid):]
}

// dump is how many goroutines a process had when it was asked.
type dump struct {
	after      time.Duration // of its life
	goroutines int
}

// event is a line that an app writes with --json.
type event struct {
	Time       time.Time
	Event      string
	Round      *uint64
	Error      string
	Text       string
	Operations float64
}

// newActor sets an app up, as a user does.
func (s *soak) newActor(role string, i int, settings ...string) (*actor, error) {
	name := fmt.Sprintf("%s-%d", role, i)
	dir := filepath.Join(s.cfg.Dir, name)
	key, err := chain.NewKeypair()
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err == nil {
		err = key.Save(filepath.Join(dir, "wallet.json"))
	}
	if err != nil {
		return nil, err
	}
	a := &actor{role: role, wallet: key.PublicKey(), lasting: i == 0}
	program := filepath.Join(s.cfg.Apps, role)
	a.process = &process{name: name, dir: dir, argv: []string{program, "start", "--json"}, wait: s.whenChain, left: func(e exit) { s.ended(a, e) }}
	a.line = func(text string) { s.hear(a, text) }
	n := s.nodes[i%len(s.nodes)]
	var gateways []string
	for _, g := range s.gateways {
		gateways = append(gateways, g.url)
	}
	args := append([]string{"setup", "--keypair-path", filepath.Join(dir, "wallet.json"), "--custom-rpc", "http://" + n.url, "--custom-ws", "ws://" + n.url,
		"--car-dir", filepath.Join(dir, "cars"), "--gateways", strings.Join(gateways, ","), "--poll-interval", "1"}, settings...)
	if i%2 == 1 { // half of them have a second node
		args = append(args, "--more-rpc", "http://"+s.nodes[(i+1)%len(s.nodes)].url)
	}
	if err := a.command(args...); err != nil {
		return nil, err
	}
	s.cars = append(s.cars, filepath.Join(dir, "cars"))
	return a, nil
}

// command runs another command of the app to its end.
func (a *actor) command(args ...string) error {
	cmd := exec.Command(a.argv[0], args...)
	cmd.Env = append(os.Environ(), "HOME="+a.dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", a.name, args[0], err, out)
	}
	return nil
}

// shares writes the private data of trainers, each its own.
func shares(dir string, n int) (paths []string, err error) {
	digits, err := dataset.Builtin(dataset.Mnist)
	if err != nil {
		return nil, err
	}
	parts, err := dataset.Shares(digits.Train, n, 1)
	if err != nil {
		return nil, err
	}
	for i := range n {
		path := filepath.Join(dir, fmt.Sprint("digits-", i))
		if err := dataset.SaveIDX(path, parts[i].(dataset.Described)); err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// hear takes in a line of an app.
func (s *soak) hear(a *actor, text string) {
	var e event
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		s.tally.fault("%s wrote what is no JSON: %.200s", a.name, text)
		return
	}
	s.tally.heard(a, e)
	if strings.Contains(e.Error, "panicked") {
		s.tally.fault("%s: %s", a.name, e.Error)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.started = true
	if e.Round == nil {
		return
	}
	a.note(text)
	switch e.Event {
	case "accepted":
		a.resume.accepted(*e.Round)
	case "trained":
		s.tally.add("ms of training", int(a.resume.done(*e.Round).Milliseconds()))
	case "training":
		if lost := a.resume.epoch(*e.Round, e.Text, e.Time); lost != "" {
			s.tally.fault("%s: %s%s", a.name, lost, a.about(*e.Round))
		}
	}
}

// ended takes in how an app ended.
func (s *soak) ended(a *actor, e exit) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.resume.killed(e.at)
	a.note(fmt.Sprintf("ended after %s, sent %v at %s", e.after.Round(time.Millisecond), e.sent, e.at.Format(time.RFC3339Nano)))
	defer func() { a.started = false }()
	switch {
	case e.sent == nil:
		// An app that cannot reach the chain at its start says so, and leaves it to its service manager to try again.
		if !a.started && goroutines(e.errs) == 0 {
			s.tally.add("starts in vain", 1)
			break
		}
		s.tally.fault("%s ended by itself with status %d after %s: %s", a.name, e.code, e.after.Round(time.Second), lastOf(e.errs))
	case e.sent == stopSignal && e.code != 130 && e.code != -1:
		s.tally.fault("%s ended with status %d after SIGTERM: %s", a.name, e.code, lastOf(e.errs))
	case e.sent == dumpSignal:
		if n := goroutines(e.errs); n > 0 {
			a.dumps = append(a.dumps, dump{e.after, n})
		}
	}
}

func lastOf(text string) string {
	return text[max(0, len(text)-1000):]
}

var goroutine = regexp.MustCompile(`(?m)^goroutine [0-9]+ `)

// goroutines counts those that a dump shows.
func goroutines(text string) int { return len(goroutine.FindAllString(text, -1)) }

// whenChain waits until there is a chain.
func (s *soak) whenChain(ctx context.Context) error {
	for s.current() == nil {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return nil
}
