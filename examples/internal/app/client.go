package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/gagliardetto/solana-go"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/node"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/gateway"
	"github.com/decloud-sdk/decloud-go/storage/huggingface"
	"github.com/decloud-sdk/decloud-go/storage/kubo"
	"github.com/decloud-sdk/decloud-go/storage/lighthouse"
	"github.com/decloud-sdk/decloud-go/storage/pinata"
	"github.com/decloud-sdk/decloud-go/storage/pinning"
)

// UseKeyFile has this call sign with the key in a file, whatever the environment and the settings say. A ~ is the user's home.
// flags are those that named it, for hints.
func (c *Call) UseKeyFile(path, flags string) { c.keyFile, c.keyFlags = expand(path, c.Env), flags }

// Wallet loads the wallet: from the file of UseKeyFile, else from DECLOUD_PRIVATE_KEY, else from the settings'
// private_key, else from the key file.
func (c *Call) Wallet(s *Common) (*chain.Keypair, error) {
	k, path, err := c.key(s)
	if k != nil || err != nil {
		return k, err
	}
	return c.LoadKeypair(path)
}

// Signer is the wallet, whose passphrase is asked for when something is signed, if ever.
func (c *Call) Signer(s *Common) (chain.Signer, error) {
	k, path, err := c.key(s)
	if err != nil {
		return nil, err
	}
	if k != nil {
		return k, nil
	}
	return c.SignerAt(path)
}

// key is the one of the environment or the settings, or else the file that has it.
func (c *Call) key(s *Common) (k *chain.Keypair, path string, err error) {
	switch text := c.Env("DECLOUD_PRIVATE_KEY"); {
	case c.keyFile != "":
		return nil, c.keyFile, nil
	case text != "":
		k, err = keypair("DECLOUD_PRIVATE_KEY", text)
	case !s.PrivateKey.IsZero():
		k, err = keypair("private_key in "+c.path(), s.PrivateKey.Reveal())
	}
	return k, expand(s.KeypairPath, c.Env), err
}

func keypair(from, text string) (*chain.Keypair, error) {
	k, err := chain.ParseKeypair(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", from, err)
	}
	return k, nil
}

// Address is the wallet's, if there is a wallet. It asks for no passphrase where the address
// is kept beside the key: nothing is to be sent to it.
func (c *Call) Address(s *Common) (solana.PublicKey, error) {
	w, err := c.Signer(s)
	if err != nil {
		return solana.PublicKey{}, err
	}
	return w.PublicKey(), nil
}

// Chain is a client for the rounds on the chain. Without a wallet it can read; a
// wallet that is there but cannot be used is an error. Its Chain is to be closed.
func (c *Call) Chain(s *Common) (*round.Client, error) {
	cfg, program, err := c.chainConfig(s)
	if err != nil {
		return nil, err
	}
	switch w, err := c.Signer(s); {
	case err == nil:
		cfg.Signer = w
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	c.Guard(&cfg)
	onChain, err := chain.NewClient(cfg)
	if err != nil {
		return nil, aboutNodes(err)
	}
	return round.NewClient(round.Config{Chain: onChain, Program: program})
}

func (c *Call) chainConfig(s *Common) (cfg chain.Config, program solana.PublicKey, err error) {
	c.network = s.Network
	n, program, err := s.network(c)
	header, headerErr := c.rpcHeader(s)
	if err == nil {
		err = headerErr
	}
	cfg = chain.Config{Network: n, Header: header, PriorityFee: s.PriorityFee.Fixed, Insecure: s.PlainHTTP}
	if s.PriorityFee.Auto {
		cfg.MaxPriorityFee = max(s.MaxPriorityFee, 1)
	} else if err == nil && s.PriorityFee.Fixed > s.MaxPriorityFee {
		err = fmt.Errorf("priority_fee is %d millionths of a lamport a compute unit, more than max_priority_fee, %d: raise that, too, if it is meant",
			s.PriorityFee.Fixed, s.MaxPriorityFee)
	}
	for _, url := range s.MoreRPC {
		cfg.Fallbacks = append(cfg.Fallbacks, chain.Node{RPC: url, WS: node.WebSocketOf(url)})
	}
	return cfg, program, err
}

// rpcHeader is what the node gets with each request: by the environment, else by the
// settings.
func (c *Call) rpcHeader(s *Common) (chain.Header, error) {
	h, err := node.Header(c.Env)
	if err != nil || !h.IsZero() || s.RPCHeader.IsZero() {
		return h, err
	}
	if h, err = chain.ParseHeader(s.RPCHeader.Reveal()); err != nil {
		return h, fmt.Errorf("rpc_header in %s: %w", c.path(), err)
	}
	return h, nil
}

// aboutNodes adds to an error about a network which setting it is about.
func aboutNodes(err error) error {
	if errors.Is(err, chain.ErrNetwork) {
		return fmt.Errorf("%w (settings custom_rpc, custom_ws and more_rpc; plain_http allows http)", err)
	}
	return err
}

// Client is a client with a wallet and a store. Close it when done.
func (c *Call) Client(s *Common) (*decloud.Client, error) {
	cfg, program, err := c.chainConfig(s)
	if err != nil {
		return nil, err
	}
	if err := c.unlocked(&cfg, s); err != nil {
		return nil, err
	}
	store, err := c.Storage(s)
	if err != nil {
		return nil, err
	}
	client, err := decloud.New(decloud.Config{Dir: c.Home, Chain: cfg, RoundProgram: program, Store: store})
	return client, aboutNodes(err)
}

// unlocked gives a client the wallet, whose passphrase is asked for at once, where anything is
// to be signed.
func (c *Call) unlocked(cfg *chain.Config, s *Common) error {
	w, err := c.Signer(s)
	if err == nil && c.sends && c.dry == nil {
		w, err = c.Wallet(s)
	}
	if err != nil {
		return err
	}
	cfg.Signer = w
	c.Guard(cfg)
	return nil
}

// Store is the app's own store, without a wallet.
func (c *Call) Store(s *Common) (*storage.Store, error) {
	cfg, err := c.Storage(s)
	if err != nil {
		return nil, err
	}
	cfg.Dir = filepath.Join(c.Home, "blocks")
	return storage.Open(cfg)
}

// maxNodes bounds the memory of a fetch, of which a daemon has up to 19 at a time, to
// 5 MB each: a package of 2 GiB has a quarter as many blocks of the usual size.
const maxNodes = 1 << 15

// Storage says where packages are published and read.
func (c *Call) Storage(s *Common) (storage.Config, error) {
	cfg := storage.Config{Files: packagefmt.Files(), CacheBytes: int64(s.CacheGB * (1 << 30)), MaxNodes: maxNodes} // 0: the default
	cfg.OnProgress = c.moved
	public := s.PublicGateways
	if dir := c.carDir(s); dir != "" {
		cars := storage.NewCARDir(dir)
		cfg.Pushers, cfg.Fetchers = append(cfg.Pushers, cars), append(cfg.Fetchers, cars)
	}
	if s.KuboURL != "" {
		node, err := kubo.New(s.KuboURL, kubo.Options{PlainHTTP: s.PlainHTTP})
		if err != nil {
			return cfg, fmt.Errorf("kubo_url: %w", err)
		}
		cfg.Fetchers = append(cfg.Fetchers, node)
		to, err := overNode(s, node)
		if err != nil {
			return cfg, err
		}
		cfg.Pushers = append(cfg.Pushers, to)
	}
	if o := c.pinata(s); o != (pinata.Options{}) {
		folder, err := pinata.NewFolder(o)
		if err != nil {
			return cfg, err
		}
		cfg.Pushers, public = append(cfg.Pushers, folder), true
	}
	if !s.LighthouseAPIKey.IsZero() {
		service, err := lighthouse.New(lighthouse.Options{Key: s.LighthouseAPIKey})
		if err != nil {
			return cfg, err
		}
		cfg.Pushers, public = append(cfg.Pushers, service), true
	}
	for _, base := range s.Gateways {
		g, err := gateway.New(base, gateway.Options{PlainHTTP: s.PlainHTTP})
		if err != nil {
			return cfg, fmt.Errorf("gateways: %w", err)
		}
		cfg.Fetchers = append(cfg.Fetchers, g)
	}
	if public || len(cfg.Fetchers) == 0 {
		cfg.Fetchers = append(cfg.Fetchers, gateway.Public(gateway.Options{})...)
	}
	if s.HFRepo != "" {
		rows, err := c.hub(s)
		if err != nil {
			return cfg, fmt.Errorf("hf_repo, hf_token: %w", err)
		}
		cfg.Pushers, cfg.Fetchers = append(cfg.Pushers, rows), append(cfg.Fetchers, rows)
	}
	return cfg, nil
}

// hub is the data set on Hugging Face's hub, which is the app's own: what is published
// replaces what was.
func (c *Call) hub(s *Common) (*huggingface.Dataset, error) {
	o, err := c.HubOptions(s)
	if err != nil {
		return nil, err
	}
	o.Private, o.Replace = s.HFPrivate, true
	return huggingface.New(s.HFRepo, o)
}

// HubOptions are those of whoever reads Hugging Face's hub: the token is that of the settings, of the environment, or
// of a file .env.
func (c *Call) HubOptions(s *Common) (o huggingface.Options, err error) {
	o = huggingface.Options{Token: s.HFToken, Endpoint: c.Env("HF_ENDPOINT")}
	if s.HFToken.IsZero() {
		o, err = huggingface.FromEnvironment(c.Env, "")
	}
	o.PlainHTTP = s.PlainHTTP
	return o, err
}

// checkHFRepo refuses what cannot be a data set's name.
func checkHFRepo(text string) error {
	_, err := huggingface.New(text, huggingface.Options{})
	return err
}

// overNode publishes to the user's node, and through it to a pinning service if
// there is one.
func overNode(s *Common, node *kubo.Node) (storage.Pusher, error) {
	if s.PinningURL == "" {
		return node, nil
	}
	service, err := pinning.New(s.PinningURL, pinning.Options{Token: s.PinningToken, Upload: node, PlainHTTP: s.PlainHTTP})
	if err != nil {
		return nil, fmt.Errorf("pinning_url, pinning_token: %w", err)
	}
	return service, nil
}

// carDir is the shared directory of CARs. On the local network the apps of one
// user meet without any setting, unless another place was chosen.
func (c *Call) carDir(s *Common) string {
	if s.CARDir != "" {
		return expand(s.CARDir, c.Env)
	}
	if s.Network == localnet && s.KuboURL == "" && s.LighthouseAPIKey.IsZero() && c.pinata(s) == (pinata.Options{}) {
		return expand("~/.decloud/cars", c.Env)
	}
	return ""
}

// pinata are the credentials, those of the environment before the settings'.
func (c *Call) pinata(s *Common) pinata.Options {
	key, secret := c.Env("PINATA_API_KEY"), c.Env("PINATA_SECRET_KEY")
	if key != "" && secret != "" {
		return pinata.Options{Key: storage.NewSecret(key), SecretKey: storage.NewSecret(secret)}
	}
	if !s.PinataJWT.IsZero() {
		return pinata.Options{JWT: s.PinataJWT}
	}
	if !s.PinataAPIKey.IsZero() && !s.PinataSecretKey.IsZero() {
		return pinata.Options{Key: s.PinataAPIKey, SecretKey: s.PinataSecretKey}
	}
	return pinata.Options{}
}

// CanPublish reports whether there is a place to publish to, before work is done
// that would be in vain.
func (c *Call) CanPublish(s *Common) error {
	cfg, err := c.Storage(s)
	if err == nil && len(cfg.Pushers) == 0 {
		err = fmt.Errorf("nowhere to publish to: set one of car_dir, kubo_url, pinata_api_key with pinata_secret_key, lighthouse_api_key, hf_repo, such as: %s", c.Command("config --set car_dir=/mnt/shared/cars"))
	}
	return err
}

// places names where packages are published and read, for status.
func (c *Call) places(s *Common) (publish, read string) {
	cfg, err := c.Storage(s)
	if err != nil {
		return err.Error(), ""
	}
	var to, from []string
	for _, p := range cfg.Pushers {
		to = append(to, fmt.Sprint(p))
	}
	for _, f := range cfg.Fetchers {
		from = append(from, fmt.Sprint(f))
	}
	return strings.Join(to, ", "), strings.Join(from, ", ")
}

// Program fails unless the round program is there and set up, and says what to
// do.
func (c *Call) Program(ctx context.Context, rounds *round.Client) (*round.Counter, error) {
	counter, err := rounds.Counter(ctx)
	if errors.Is(err, chain.ErrNotFound) {
		return nil, fmt.Errorf("there is no decloud program at %s on %s, or nobody has set it up: check the address (%s): %w",
			rounds.Addresses().Program, rounds.Chain().Network(), c.Command("network"), err)
	}
	return counter, err
}
