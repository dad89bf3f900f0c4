// Package cli is the contest app: contests of data, whose epochs are data rounds.
package cli

import (
	"errors"
	"io/fs"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
)

// App returns the app with all its commands.
func App() *app.App {
	return &app.App{
		Name: "decloud-contest", Role: "contest",
		Summary:   "contests of data: paid for data sets that teach",
		NewConfig: newConfig, Hint: hint,
		Examples: map[string]string{
			"keygen":    "keygen --wallet.name alice",
			"demo":      "demo --epochs 3 --svg contest.svg",
			"create":    "create --package package -r 0.5 --epochs 10 --dry-run",
			"miner":     "miner --netuid 12 --dataset_path data --wallet.name alice",
			"validator": "validator --netuid 12 --stake 0.5 --wallet.name judge",
			"standings": "standings --netuid 12",
			"adapter":   "adapter --netuid 12 -o adapter",
			"claim":     "claim --wallet.name alice --dry-run",
			"stake":     "stake 0.5 --wallet.name judge",
			"unstake":   "unstake 0.2 --wallet.name judge",
			"balance":   "balance --wallet.name alice",
			"airdrop":   "airdrop 2 --wallet.name alice",
		},
		Values: map[string][]string{"subtensor.network": networkNames},
		Commands: []app.Command{
			app.SetupCommand(newConfig),
			app.WalletCommand(),
			keygenCommand(),
			demoCommand(),
			withWallet(app.Spends(createCommand())),
			app.Serves(withWallet(minerCommand())),
			app.Serves(withWallet(validatorCommand())),
			standingsCommand(),
			adapterCommand(),
			withWallet(app.ClaimCommand("claim what is due to the wallet in a round, or in all that are finalized", load)),
			withWallet(app.StakeCommand(load)),
			withWallet(app.UnstakeCommand(load)),
			withWallet(app.BalanceCommand()),
			withWallet(app.AirdropCommand()),
			app.DatasetsCommand(),
			app.NetworkCommand(),
			app.RPCCommand(),
			app.ConfigCommand(nil),
		},
	}
}

// hint says what to do next about an error.
func hint(c *app.Call, err error) string {
	if errors.Is(err, chain.ErrKeypair) && errors.Is(err, fs.ErrNotExist) {
		return "  Make a wallet: " + c.Command("keygen --wallet.name NAME") + "\n  Use another one: --wallet.hotkey FILE"
	}
	return ""
}
