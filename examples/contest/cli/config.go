package cli

import (
	"flag"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/validator"
)

// config are the settings of creators, miners and validators.
type config struct {
	app.Common
	PollInterval app.Seconds `json:"poll_interval"`
	MaxBond      app.SOL     `json:"max_bond"`
	MaxAtRisk    app.SOL     `json:"max_stake_at_risk"`
	MinBalance   app.SOL     `json:"min_balance"`
	MaxSpending  app.SOL     `json:"max_spending"`
	Memory       int         `json:"memory"`
}

func newConfig() app.Config {
	common := app.DefaultCommon()
	common.AutoDownload = true // test splits are public
	return &config{Common: common, PollInterval: app.Seconds(5 * time.Second), MaxBond: app.SOL(trainer.DefaultMaxBond),
		MaxAtRisk: app.SOL(validator.DefaultMaxStakeAtRisk), Memory: 4096}
}

// Settings implements app.Config.
func (c *config) Settings() []app.Setting {
	return append(c.Common.Settings(),
		app.Setting{Key: "poll_interval", Help: "`seconds` between two looks at the chain", Value: &c.PollInterval},
		app.Setting{Key: "max_bond", Help: "most `SOL` that an epoch may have a miner put up, who loses them if the data teaches nothing; 0: none", Value: &c.MaxBond},
		app.Setting{Key: "max_stake_at_risk", Help: "`SOL` of a validator's stake that outliers among its scores could cost together; 0: none", Value: &c.MaxAtRisk},
		app.Setting{Key: "min_balance", Help: "`SOL` that stay in the wallet, whatever there is to do", Value: &c.MinBalance},
		app.Setting{Key: "max_spending", Help: "most `SOL` that leave the wallet in 24 hours, fees and rent included, whether it comes back or not; 0: any", Value: &c.MaxSpending},
		app.Setting{Key: "memory", Help: "`MiB` of packages and submissions in memory at a time; the process takes 192 beyond that and its data", Value: app.Int(&c.Memory, 256, 1<<20)},
	)
}

// load reads the settings.
func load(c *app.Call) (*config, error) {
	cfg := newConfig().(*config)
	return cfg, c.Load(cfg)
}

// poll is the pause between two looks at the chain.
func (c *config) poll() time.Duration {
	return max(time.Duration(c.PollInterval), 10*time.Millisecond)
}

func checkSOL(text string) error {
	_, err := chain.ParseSOL(text)
	return err
}

// networkNames are what --subtensor.network takes: Bittensor's names, and the settings' own.
var networkNames = []string{"local", "test", "finney", "localnet", "devnet", "mainnet"}

// networkFlag is --subtensor.network.
type networkFlag string

func (n *networkFlag) bind(fs *flag.FlagSet) {
	fs.StringVar((*string)(n), "subtensor.network", "", "`name` of the network: local (localnet), test (devnet) or finney (mainnet); default: that of the settings")
	app.Alias(fs, "network", "subtensor.network")
}

// apply puts the network into the settings of this call. What they say of nodes and the program is for their own network.
func (n networkFlag) apply(cfg *config) error {
	if n == "" {
		return nil
	}
	name, ok := map[string]string{"local": "localnet", "test": "devnet", "finney": "mainnet"}[string(n)]
	if !ok {
		name = string(n)
	}
	for _, s := range cfg.Settings() {
		if s.Key != "network" {
			continue
		}
		if was := cfg.Network; was != name {
			cfg.ProgramID, cfg.RPC, cfg.WS, cfg.MoreRPC = "", "", "", nil
			cfg.RPCHeader = newConfig().Base().RPCHeader
		}
		if err := s.Value.Set(name); err != nil {
			return app.Usagef("--subtensor.network: %v", err)
		}
	}
	return nil
}
