package localnet

import (
	"errors"
	"fmt"
	"time"

	"github.com/decloud-sdk/decloud-go/round"
	"github.com/gagliardetto/solana-go"
)

// Option is a choice made at Start. The defaults make a chain with the decloud
// program, initialized, served on free ports of 127.0.0.1.
type Option func(*config)

type config struct {
	inProcess bool
	empty     bool
	programID solana.PublicKey
	host      string
	rpcPort   int
	wsPort    int
	clock     func() time.Time
	slotTime  time.Duration
	programs  []program
	limits    Limits
}

type program struct {
	id  solana.PublicKey
	elf []byte
}

// InProcess opens no port: only Network.RPC reaches the chain, and there are no
// subscriptions. The fastest way to run many small tests.
func InProcess() Option { return func(c *config) { c.inProcess = true } }

// Empty leaves the decloud program away: a chain with the system program and
// nothing else, for programs of one's own (WithProgram).
func Empty() Option { return func(c *config) { c.empty = true } }

// WithProgramID puts the decloud program at another address than
// round.LocalProgram.
func WithProgramID(id solana.PublicKey) Option { return func(c *config) { c.programID = id } }

// WithPorts serves JSON-RPC and WebSocket on fixed ports. Default 0 for both:
// one free port for the two of them. Solana's custom is 8899 and 8900; several
// clients find the WebSocket port by adding one to the other.
func WithPorts(rpc, ws int) Option { return func(c *config) { c.rpcPort, c.wsPort = rpc, ws } }

// WithHost serves on another address than 127.0.0.1. There is no access
// control: whoever reaches the address owns the chain.
func WithHost(host string) Option { return func(c *config) { c.host = host } }

// WithClock tells the time in place of time.Now. Network.Warp adds to it.
func WithClock(now func() time.Time) Option { return func(c *config) { c.clock = now } }

// WithSlotTime sets how much idle time makes a new slot; default 400 ms, as on
// Solana. Negative: only transactions make slots, so that no blockhash expires
// while nothing happens.
func WithSlotTime(d time.Duration) Option { return func(c *config) { c.slotTime = d } }

// WithProgram adds a program, an sBPF ELF, at an address. It may be given
// several times.
func WithProgram(id solana.PublicKey, elf []byte) Option {
	return func(c *config) { c.programs = append(c.programs, program{id, elf}) }
}

// WithLimits replaces what clients may take up. Zero fields keep their default.
func WithLimits(l Limits) Option { return func(c *config) { c.limits = l } }

// Limits bound what clients may take up, so that a runaway one harms itself
// and not the process it talks to.
type Limits struct {
	Connections   int // open at once, HTTP and WebSocket together; default 1,024
	RequestBytes  int // of one request body or one WebSocket message; default 51,200, as Agave
	ResponseBytes int // of the answer to one body; default 64 MiB
	Batch         int // calls in one body; default 256
	Subscriptions int // of one WebSocket connection; default 1,024
	QueueMessages int // notifications waiting for one client, who is dropped beyond; default 4,096
	QueueBytes    int // the same in bytes; default 64 MiB
}

func (l Limits) withDefaults() Limits {
	for _, field := range []struct {
		value *int
		std   int
	}{
		{&l.Connections, 1024},
		{&l.RequestBytes, 50 << 10},
		{&l.ResponseBytes, 64 << 20},
		{&l.Batch, 256},
		{&l.Subscriptions, 1024},
		{&l.QueueMessages, 4096},
		{&l.QueueBytes, 64 << 20},
	} {
		if *field.value == 0 {
			*field.value = field.std
		}
	}
	return l
}

func newConfig(opts []Option) (config, error) {
	cfg := config{host: "127.0.0.1", clock: time.Now, programID: round.LocalProgram}
	for _, opt := range opts {
		opt(&cfg)
	}
	cfg.limits = cfg.limits.withDefaults()
	return cfg, cfg.validate()
}

func (c config) validate() error {
	l := c.limits
	switch {
	case c.clock == nil:
		return errors.New("localnet: WithClock needs a function")
	case c.programID.IsZero():
		return errors.New("localnet: WithProgramID needs an address that is not zero")
	case c.inProcess && (c.rpcPort != 0 || c.wsPort != 0):
		return errors.New("localnet: InProcess opens no ports, so WithPorts cannot go with it")
	case !validPort(c.rpcPort) || !validPort(c.wsPort):
		return fmt.Errorf("localnet: ports %d and %d: a port is a number from 0 (any free one) to 65535", c.rpcPort, c.wsPort)
	case min(l.Connections, l.RequestBytes, l.ResponseBytes, l.Batch, l.Subscriptions, l.QueueMessages, l.QueueBytes) < 0:
		return errors.New("localnet: limits cannot be negative; leave a field 0 for its default")
	}
	return nil
}

func validPort(port int) bool { return port >= 0 && port <= 65535 }
