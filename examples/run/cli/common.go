package cli

import (
	"context"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/gagliardetto/solana-go"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/examples/internal/node"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/storage"
)

// common are the flags of every command.
type common struct {
	rpc, ws, runID, wallet, program string
	storage                         map[string]*string // settings of the flags that say where packages are
	signAttempts                    int                // of a client that signs; 0: the default
}

// storageFlags are the settings, by the names of their flags, that say where packages
// are published and read.
var storageFlags = map[string]string{
	"cars": "car_dir", "kubo-url": "kubo_url", "gateways": "gateways", "public-gateways": "public_gateways", "plain-http": "plain_http",
}

func newSettings() app.Config {
	s := app.DefaultCommon()
	return &s
}

func bind(fs *flag.FlagSet) *common {
	o := &common{storage: map[string]*string{}}
	fs.StringVar(&o.rpc, "rpc", chain.Localnet().RPC, "`URL` of the RPC node; the environment's DECLOUD_RPC_HEADER has headers for it, \"Name: value\", one a line")
	fs.StringVar(&o.ws, "ws-rpc", "", "its WebSocket `URL`; without one, changes are found by polling")
	fs.StringVar(&o.runID, "run-id", "", "`id` of the run: 1 to 32 of a-z 0-9 - _ .")
	fs.StringVar(&o.wallet, "wallet-private-key-path", "", "key `file` of the wallet (default: the environment's RAW_WALLET_PRIVATE_KEY)")
	fs.StringVar(&o.program, "program-id", "", "`address` of the run program (default: that of local chains)")
	help := map[string]string{}
	for _, s := range newSettings().Settings() {
		help[s.Key] = s.Help
	}
	for name, key := range storageFlags {
		usage := strings.ReplaceAll(help[key], " (default", "; default: that of the settings (default")
		if !strings.Contains(usage, "`") {
			usage = "`true|false`: " + usage
		}
		o.storage[key] = fs.String(name, "", usage)
	}
	return o
}

// settings are the file's, with what flags say about storage.
func (o *common) settings(c *app.Call) (*app.Common, error) {
	cfg := newSettings()
	if err := c.Load(cfg); err != nil {
		return nil, err
	}
	for _, s := range cfg.Settings() {
		if text := o.storage[s.Key]; text != nil && *text != "" {
			if err := s.Value.Set(*text); err != nil {
				return nil, app.Usagef("--%s: %v", strings.ReplaceAll(s.Key, "_", "-"), err)
			}
		}
	}
	return cfg.Base(), nil
}

// store is where packages are fetched from, without a wallet.
func (o *common) store(c *app.Call) (*storage.Store, error) {
	s, err := o.settings(c)
	if err != nil {
		return nil, err
	}
	cfg, err := c.Storage(s)
	if err != nil {
		return nil, err
	}
	cfg.Dir, cfg.Files = filepath.Join(c.Home, "blocks"), decloud.Files()
	return storage.Open(cfg)
}

// address is the one given, or the wallet's.
func (o *common) address(c *app.Call, text string) (solana.PublicKey, error) {
	if text != "" {
		return parseKey("address", text)
	}
	wallet, err := o.reads(c)
	if err != nil {
		return solana.PublicKey{}, fmt.Errorf("whose? --address ADDRESS: %w", err)
	}
	return wallet.PublicKey(), nil
}

// recipient is the address given, or that of the wallet's key, which is not believed to be what
// lies beside its file.
func (o *common) recipient(c *app.Call, text string) (solana.PublicKey, error) {
	if text != "" || o.wallet == "" {
		return o.address(c, text)
	}
	key, err := c.LoadKeypair(o.wallet)
	if err != nil {
		return solana.PublicKey{}, err
	}
	return key.PublicKey(), nil
}

// signer is the wallet, unlocked unless this is a dry run.
func (o *common) signer(c *app.Call) (chain.Signer, error) {
	if o.wallet != "" && !c.Dry() {
		return c.LoadKeypair(o.wallet)
	}
	return o.reads(c)
}

// reads is the wallet of a command that may have nothing to sign.
func (o *common) reads(c *app.Call) (chain.Signer, error) {
	if o.wallet != "" {
		return c.SignerAt(o.wallet)
	}
	if raw := c.Env("RAW_WALLET_PRIVATE_KEY"); raw != "" {
		return chain.ParseKeypair(raw)
	}
	return nil, app.Usagef("this needs a wallet: --wallet-private-key-path FILE, or RAW_WALLET_PRIVATE_KEY in the environment")
}

func (o *common) chainConfig(c *app.Call) (chain.Config, error) {
	header, err := node.Header(c.Env)
	return chain.Config{Network: chain.Network{Name: "--rpc", RPC: o.rpc, WS: o.ws}, Header: header}, err
}

func (o *common) programID() (key solana.PublicKey, err error) {
	if o.program != "" {
		key, err = parseKey("program-id", o.program)
	}
	return key, err
}

// reader is a client without a wallet. Close its chain.
func (o *common) reader(c *app.Call) (*run.Client, error) {
	cfg, err := o.chainConfig(c)
	if err != nil {
		return nil, err
	}
	return o.runs(cfg)
}

// writer is a client that signs. Close its chain.
func (o *common) writer(c *app.Call) (*run.Client, error) {
	cfg, err := o.chainConfig(c)
	if err != nil {
		return nil, err
	}
	if cfg.Signer, err = o.signer(c); err != nil {
		return nil, err
	}
	c.Guard(&cfg)
	return o.runs(cfg)
}

func (o *common) runs(cfg chain.Config) (*run.Client, error) {
	program, err := o.programID()
	if err != nil {
		return nil, err
	}
	onChain, err := chain.NewClient(cfg)
	if err != nil {
		return nil, err
	}
	c, err := run.NewClient(run.Config{Chain: onChain, Program: program})
	if err != nil {
		onChain.Close()
	}
	return c, err
}

// client is a client with a store, that signs.
func (o *common) client(c *app.Call) (*decloud.Client, error) {
	program, err := o.programID()
	if err != nil {
		return nil, err
	}
	cfg, err := o.chainConfig(c)
	if err != nil {
		return nil, err
	}
	if cfg.Signer, err = o.signer(c); err != nil {
		return nil, err
	}
	s, err := o.settings(c)
	if err != nil {
		return nil, err
	}
	store, err := c.Storage(s)
	if err != nil {
		return nil, err
	}
	store.Files = decloud.Files()
	cfg.SignAttempts = o.signAttempts
	c.Guard(&cfg)
	return decloud.New(decloud.Config{
		Dir: filepath.Join(c.Home, cfg.Signer.PublicKey().String()), Chain: cfg, RunProgram: program,
		Store: store,
	})
}

func (o *common) needRun() error {
	if o.runID == "" {
		return app.Usagef("this needs --run-id ID; list-runs shows the ids")
	}
	return nil
}

// withRun makes a command about a run that is read first.
func withRun(o *common, signs bool, do func(ctx context.Context, c *app.Call, runs *run.Client, r *run.Run) error) app.Action {
	return func(ctx context.Context, c *app.Call) error {
		if err := o.needRun(); err != nil {
			return err
		}
		runs, err := o.reader(c)
		if signs {
			if err == nil {
				runs.Chain().Close()
			}
			runs, err = o.writer(c)
		}
		if err != nil {
			return err
		}
		defer runs.Chain().Close()
		r, err := runs.Run(ctx, o.runID)
		if err != nil {
			return fmt.Errorf("run %.60q: %w", o.runID, err)
		}
		return do(ctx, c, runs, r)
	}
}

// done prints the signature of what was sent.
func done(c *app.Call, what string, r run.Receipt, err error) error {
	if err != nil {
		return err
	}
	return c.Print(map[string]any{"done": what, "signature": r.Signature}, doneLine(what, r))
}

// doneLine is what was done, for people.
func doneLine(what string, r run.Receipt) func(io.Writer) {
	return func(w io.Writer) { fmt.Fprintf(w, "%s (transaction %s)\n", what, r.Signature) }
}

func parseKey(name, text string) (solana.PublicKey, error) {
	if text == "" {
		return solana.PublicKey{}, app.Usagef("this needs --%s ADDRESS", name)
	}
	key, err := solana.PublicKeyFromBase58(text)
	if err != nil {
		return key, app.Usagef("--%s: not an address", name)
	}
	return key, nil
}
