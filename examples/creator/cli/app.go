// Package cli is the creator app: it makes a package of a trained model, publishes
// it, locks a reward in a round, and closes the round when it is done.
package cli

import (
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
)

// App returns the app with all its commands.
func App() *app.App {
	return &app.App{
		Name: "decloud-creator", Role: "creator",
		Summary:   "put up a reward for improving a model",
		NewConfig: newConfig,
		Examples: map[string]string{
			"launch":            "launch -m model.pt -d Mnist -r 0.5 --dry-run",
			"build":             "build -m model.pt -d Mnist -o package",
			"upload":            "upload -p package -d Mnist",
			"create":            "create -c CID -d Mnist -r 0.5 --dry-run",
			"start":             "start 12",
			"my-rounds":         "my-rounds --status active",
			"info":              "info 12 --report round.html",
			"finalize":          "finalize 12",
			"force-finalize":    "force-finalize 12",
			"cancel":            "cancel 12",
			"withdraw":          "withdraw 12 --dry-run",
			"close":             "close 12",
			"download-gradient": "download-gradient --round 12 -o head",
			"download-model":    "download-model CID -o model",
		},
		Commands: []app.Command{
			app.SetupCommand(newConfig, "min_rating", "quorum"),
			app.WalletCommand(),
			app.Spends(launchCommand()),
			buildCommand(),
			uploadCommand(),
			app.Spends(createCommand()),
			app.Spends(startCommand()),
			myRoundsCommand(),
			infoCommand(),
			app.Spends(finalizeCommand()),
			app.Spends(forceFinalizeCommand()),
			app.Spends(cancelCommand()),
			app.Spends(withdrawCommand()),
			app.Spends(closeCommand()),
			downloadGradientCommand(),
			downloadModelCommand(),
			statusCommand(),
			app.BalanceCommand(),
			app.AirdropCommand(),
			app.DatasetsCommand(),
			app.DatasetCommand(dataset.Test, app.InstallCommand(dataset.Test)),
			app.NetworkCommand(),
			app.RPCCommand(),
			app.ConfigCommand(nil),
		},
	}
}
