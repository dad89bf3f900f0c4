package faults

import (
	"bufio"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
)

// era is the life of one chain: a process of its own, whose end forgets everything.
type era struct {
	number  int
	cmd     *exec.Cmd
	url     string
	node    *rpc.Client       // of the books, without faults
	rounds  []*decloud.Client // of the creators, likewise
	ctx     context.Context
	end     context.CancelFunc
	playing sync.WaitGroup

	treasury uint64 // at the beginning, in lamports
	mu       sync.Mutex
	fees     uint64 // of rounds that are settled
	open     int    // rounds that are not
}

const (
	creators = 2
	funds    = 1000 * chain.LamportsPerSOL
)

// begin starts a chain, pays everybody, and leads the nodes to it.
func (s *soak) begin(ctx context.Context) error {
	s.eras++
	e := &era{number: s.eras, cmd: exec.Command(filepath.Join(s.cfg.Apps, "localnet"), "--rpc-port", "0", "--ws-port", "0")}
	e.ctx, e.end = context.WithCancel(ctx)
	out, err := e.cmd.StdoutPipe()
	if err == nil {
		err = e.cmd.Start()
	}
	if err != nil {
		return err
	}
	for lines := bufio.NewScanner(out); e.url == "" && lines.Scan(); {
		if _, url, ok := strings.Cut(lines.Text(), "JSON-RPC"); ok {
			e.url = strings.TrimSpace(url)
		}
	}
	e.node = rpc.New(e.url)
	if err := e.populate(s); err != nil {
		return err
	}
	for _, n := range s.nodes {
		if err := n.lead(e.url); err != nil {
			return err
		}
	}
	for _, a := range s.actors {
		a.mu.Lock()
		a.resume.forget()
		a.mu.Unlock()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.era = e
	return nil
}

// populate makes the creators, and pays them and the workers.
func (e *era) populate(s *soak) (err error) {
	for i := range creators {
		key, err := chain.NewKeypair()
		if err != nil {
			return err
		}
		dir := filepath.Join(s.cfg.Dir, fmt.Sprintf("creator-%d-%d", e.number, i))
		cars := storage.NewCARDir(filepath.Join(s.cfg.Dir, "creators"))
		c, err := decloud.New(decloud.Config{Dir: dir, Chain: chain.Config{Signer: key, Network: chain.Network{Name: "localnet", RPC: e.url}},
			RoundProgram: round.LocalProgram, Store: storage.Config{Pushers: []storage.Pusher{cars}, Fetchers: []storage.Fetcher{cars}, CacheBytes: 64 << 20}})
		if err != nil {
			return err
		}
		e.rounds = append(e.rounds, c)
		if err := e.fund(key.PublicKey()); err != nil {
			return err
		}
	}
	for _, a := range s.actors {
		if err := e.fund(a.wallet); err != nil {
			return err
		}
	}
	e.treasury, err = e.rounds[0].Chain.Balance(e.ctx, round.LocalTreasury)
	return err
}

func (e *era) fund(key solana.PublicKey) error {
	_, err := e.node.RequestAirdrop(e.ctx, key, funds, rpc.CommitmentConfirmed)
	return err
}

// finish ends the chain.
func (e *era) finish() error {
	e.end()
	e.playing.Wait()
	for _, c := range e.rounds {
		_ = c.Close()
	}
	_ = e.node.Close()
	if err := e.cmd.Process.Kill(); err != nil {
		return err
	}
	_ = e.cmd.Wait() // killed
	return nil
}

// current is the chain that is there now, nil between two.
func (s *soak) current() *era {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.era
}

// renew replaces the chain by an empty one.
func (s *soak) renew(ctx context.Context) error {
	s.mu.Lock()
	old := s.era
	s.era = nil
	s.mu.Unlock()
	s.tally.add("rounds gone with their chain", old.unsettled())
	if err := old.finish(); err != nil {
		return err
	}
	return s.begin(ctx)
}

func (e *era) unsettled() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.open
}
