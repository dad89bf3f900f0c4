// Package cli is the trainer app: it finds rounds, trains their heads on data that
// stays on this machine, submits them, and claims the rewards.
package cli

import (
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
)

// App returns the app with all its commands.
func App() *app.App {
	return &app.App{
		Name: "decloud-trainer", Role: "trainer",
		Summary:   "earn rewards by training models on your own data",
		NewConfig: newConfig,
		Examples: map[string]string{
			"start":  "start --preset mnist-only",
			"list":   "list --status training",
			"join":   "join 12 --dry-run",
			"train":  "train 12 --epochs 5",
			"status": "status 12 --report round.html",
		},
		Values: map[string][]string{"preset": append([]string{"list"}, presetNames...)},
		Commands: []app.Command{
			app.SetupCommand(newConfig, "datasets", "min_reward", "max_reward", "epochs"),
			app.WalletCommand(),
			app.Serves(startCommand()),
			app.ConfigCommand(&app.Presets{Names: presetNames, About: aboutPreset, Apply: applyPreset}),
			listCommand(),
			app.Spends(joinCommand()),
			app.Spends(trainCommand()),
			app.ClaimCommand("claim your reward of a round, or of all that are finalized", load),
			statusCommand(),
			app.DatasetCommand(dataset.Train, app.InstallCommand(dataset.Train)),
			app.BalanceCommand(),
			app.AirdropCommand(),
			app.NetworkCommand(),
			app.RPCCommand(),
		},
	}
}
