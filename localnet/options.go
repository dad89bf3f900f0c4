package localnet

import (
	"errors"
	"fmt"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/round"
)

// Option configures Start. The defaults make a chain with the decloud programs, of
// rounds and of runs, initialized, served on free ports of 127.0.0.1.
type Option func(*config)

type config struct {
	inProcess bool
	empty     bool
	programID solana.PublicKey
	host      string
	hosts     []string
	origins   []string
	rpcPort   int
	wsPort    int
	clock     func() time.Time
	slotTime  time.Duration
	slotTxs   int
	programs  []program
	tokenDir  string
	accounts  []genesisAccount
	ledgerDir string
	history   int
	limits    Limits
}

type genesisAccount struct {
	key     solana.PublicKey
	account Account
}

type program struct {
	id  solana.PublicKey
	elf []byte
}

// InProcess opens no port: only Network.RPC reaches the chain, and there are no
// subscriptions. The fastest way to run many small tests.
func InProcess() Option { return func(c *config) { c.inProcess = true } }

// Empty leaves out the decloud programs: the chain has the native programs and
// nothing else. Add programs of your own with WithProgram.
func Empty() Option { return func(c *config) { c.empty = true } }

// WithProgramID sets the address of the program of rounds; default
// round.LocalProgram.
func WithProgramID(id solana.PublicKey) Option { return func(c *config) { c.programID = id } }

// WithPorts serves JSON-RPC and WebSocket on fixed ports. Default 0 for both:
// one free port shared by both. Solana's usual ports are 8899 and 8900; several
// clients find the WebSocket port by adding one to the other.
func WithPorts(rpc, ws int) Option { return func(c *config) { c.rpcPort, c.wsPort = rpc, ws } }

// WithHost sets the address to listen on; default 127.0.0.1. There is no access
// control: whoever can reach the address controls the chain. Other people's web pages
// cannot: see WithAllowedHosts and WithAllowedOrigins.
func WithHost(host string) Option { return func(c *config) { c.host = host } }

// WithAllowedHosts adds names under which the chain may be asked for, such as that of
// a container. Default: only IP addresses, localhost and the name of WithHost, since
// anybody can make a name that leads to this machine (DNS rebinding). "*" allows any.
func WithAllowedHosts(names ...string) Option {
	return func(c *config) { c.hosts = append(c.hosts, names...) }
}

// WithAllowedOrigins lets web pages of these origins, such as
// "http://localhost:3000", use the chain from a browser. Default: none, or any page
// that the browser has open could. "*" allows any.
func WithAllowedOrigins(origins ...string) Option {
	return func(c *config) { c.origins = append(c.origins, origins...) }
}

// WithClock sets the source of time; default time.Now. Network.Warp adds to it.
func WithClock(now func() time.Time) Option { return func(c *config) { c.clock = now } }

// WithSlotTime sets how much time passes per slot; default 400 ms, as on
// Solana. With a negative d only transactions make slots, so that no blockhash
// expires while the chain is idle.
func WithSlotTime(d time.Duration) Option { return func(c *config) { c.slotTime = d } }

// WithSlotTransactions sets how many transactions share a slot, and so a block; default
// 1. With a negative n any number: only time (WithSlotTime), Network.ProduceBlock and its
// like end a slot, and with a negative slot time as well nothing but these.
func WithSlotTransactions(n int) Option { return func(c *config) { c.slotTxs = n } }

// WithProgram adds a program, an sBPF ELF, at an address. It may be given
// several times.
func WithProgram(id solana.PublicKey, elf []byte) Option {
	return func(c *config) { c.programs = append(c.programs, program{id, elf}) }
}

// WithAccount puts an account on the chain, such as one that ReadAccount has read
// from a file. It may be given several times.
func WithAccount(key solana.PublicKey, account Account) Option {
	return func(c *config) { c.accounts = append(c.accounts, genesisAccount{key, account}) }
}

// WithHistory sets how many transactions are kept, with their blocks; default
// 20,000, and at least 1,000, which the check for duplicates needs. Older ones are
// forgotten: getTransaction answers null, and getBlock that the block was cleaned up.
func WithHistory(transactions int) Option { return func(c *config) { c.history = transactions } }

// WithLedger keeps the chain in a directory, and goes on with the one that is there.
// Nothing that the chain has confirmed is lost when its process is killed; after a
// loss of power the last seconds may be missing. The chain's time runs on meanwhile.
// Programs and accounts of the other options are put on a new chain only. The
// directory has keys in it, of the faucet and of the decloud programs' authority;
// one process at a time can use it. A change that cannot be written is refused, and all
// after it: see [Network.Failed].
func WithLedger(dir string) Option { return func(c *config) { c.ledgerDir = dir } }

// WithLimits sets what clients may use. Zero fields keep their default.
func WithLimits(l Limits) Option { return func(c *config) { c.limits = l } }

// Limits bound what clients may use, so that a runaway client harms itself and
// not the process it talks to.
type Limits struct {
	Connections   int // open at once, HTTP and WebSocket together; default 1,024
	RequestBytes  int // bytes of one request body or WebSocket message; default 51,200, as Agave
	ResponseBytes int // bytes of the response to one request body; default 64 MiB
	Batch         int // calls in one request body; default 256
	Subscriptions int // subscriptions of one WebSocket connection; default 1,024
	QueueMessages int // unsent notifications per client, which is dropped beyond that; default 4,096
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
		return errors.New("localnet: WithProgramID needs a non-zero address")
	case c.inProcess && (c.rpcPort != 0 || c.wsPort != 0):
		return errors.New("localnet: InProcess opens no ports: use either InProcess or WithPorts")
	case !validPort(c.rpcPort) || !validPort(c.wsPort):
		return fmt.Errorf("localnet: ports %d and %d: a port is a number from 0 (any free one) to 65535", c.rpcPort, c.wsPort)
	case c.history != 0 && c.history < minHistory:
		return fmt.Errorf("localnet: WithHistory(%d): at least %d transactions are kept, which the check for duplicates needs", c.history, minHistory)
	case min(l.Connections, l.RequestBytes, l.ResponseBytes, l.Batch, l.Subscriptions, l.QueueMessages, l.QueueBytes) < 0:
		return errors.New("localnet: limits cannot be negative; leave a field 0 for its default")
	}
	return nil
}

const minHistory = 1_000

func validPort(port int) bool { return port >= 0 && port <= 65535 }
