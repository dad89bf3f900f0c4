// Package cli is the validator app: it scores the base head of each round, then
// every submission, and claims its part of the reward.
package cli

import (
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
)

// App returns the app with all its commands.
func App() *app.App {
	return &app.App{
		Name: "decloud-validator", Role: "validator",
		Summary:   "score models and submissions, and earn a part of the reward",
		NewConfig: newConfig,
		Examples: map[string]string{
			"start":               "start --dataset Mnist",
			"rounds":              "rounds --status validating",
			"round-info":          "round-info 12 --report round.html",
			"prevalidate":         "prevalidate 12 --dry-run",
			"postvalidate":        "postvalidate 12 --dry-run",
			"status":              "status --report earned.svg",
			"dataset install-all": "dataset install-all --category image", "dataset uninstall": "dataset uninstall Cifar10",
		},
		Commands: []app.Command{
			app.SetupCommand(newConfig, "datasets"),
			app.WalletCommand(),
			app.NetworkCommand(),
			app.DatasetCommand(dataset.Test, installCommand(), uninstallCommand(), installAllCommand()),
			app.Serves(startCommand()),
			roundsCommand(),
			roundInfoCommand(),
			app.Spends(prevalidateCommand()),
			app.Spends(postvalidateCommand()),
			app.ClaimCommand("claim your part of a round, or of all that are finalized", load),
			statusCommand(),
			app.BalanceCommand(),
			app.AirdropCommand(),
			app.StakeCommand(load),
			app.UnstakeCommand(load),
			app.RPCCommand(),
			app.ConfigCommand(nil),
		},
	}
}
