// Package cli is the run app: Psyche's commands, by their names and flags.
package cli

import (
	"errors"
	"io/fs"
	"syscall"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/storage"
)

// long is what --help says of each command beside its flags.
var long = map[string]string{
	"demo":                        "Needs nothing: the chain, the store and the members are in this process. Ends with a line that accounts for every lamport.",
	"create-run":                  "The wallet becomes the run's authority and pays 0.2 SOL of rent, which close-run gives back. Without a treasury the run has points only.\nNext: update-config, set-future-epoch-rates, treasurer-top-up-rewards, set-paused --resume.",
	"close-run":                   "Rent and what is left in the treasury go back to the authority. Stakes must be withdrawn, and points claimed or 180 days old.",
	"update-config":               "Checks the file field by field as Psyche does, fetches and checks its package, publishes the file, and puts what the program needs on chain. A run that has not begun gets the package's head as its first model; where members vote, its proposers make one. Only while the run is paused or not begun.",
	"set-paused":                  "A pause takes effect at once between epochs, else when the epoch is over. After a resume, who goes on joins again.",
	"set-future-epoch-rates":      "1 point is 1 base unit of the treasury. What is not named stays as it is.",
	"tick":                        "Members tick too: this is for runs whose members do not. Nothing is sent while nothing is due. --dry-run looks once.",
	"checkpoint":                  "Without --digest it shows the model's CID, and fetches it with --output; that needs no wallet. With --digest the model must be one of the run's package.",
	"json-info-dump":              "With Psyche's keys; amounts are base units. Needs no wallet.",
	"json-dump-run":               "The same as json-info-dump. Needs no wallet.",
	"json-dump-user":              "With Psyche's keys, null for what the wallet is not; amounts are base units. With --address it needs no wallet.",
	"list-runs":                   "Needs no wallet.",
	"show-config":                 "Fetches the file by the digest on chain and refuses one that says something else. Needs no wallet.",
	"join-authorization-create":   "The wallet is the join authority of its runs.",
	"join-authorization-read":     "Needs no wallet.",
	"join-authorization-delegate": "The wallet is the one that a join authority allowed; the wallets named here, 16 at most, may join in its place. They replace those named before, unless --delegates-added adds to them.",
	"join-authorization-delete":   "Who has joined stays a member.",
	"can-join":                    "Exit status 0 if it may, 1 and the reason if not. With --address it needs no wallet.",
	"treasurer-top-up-rewards":    "Anybody may. What somebody sent to the vault by hand is taken in too.",
	"treasurer-claim-rewards":     "1 point is 1 base unit. More than is due is refused.",
	"bond-deposit":                "Not while the wallet is in an epoch.",
	"bond-status":                 "With --address it needs no wallet.",
	"bond-withdraw-request":       "The stake is free once the wallet has left: at once between epochs, else when the epoch is over.",
	"bond-withdraw-finalize":      "After bond-withdraw-request, or once the run is finished.",
	"train":                       "Joins, trains on data that stays on this machine, submits, verifies or votes, claims. Killed at any point and started again it goes on.\n--dry-run shows what joining costs, once your data was found to fit the run; what is sent after that follows from the others, too.\nSettings (config) and flags say where packages are published and read.",
	"live":                        "On a terminal the picture is drawn over the last one; elsewhere a line is written where something changed. NO_COLOR is respected. Needs no wallet.",
}

// examples show how each command is typed.
var examples = map[string]string{
	"demo":                        "demo --verification vote",
	"list-runs":                   "list-runs",
	"new-package":                 "new-package --hidden 64,32",
	"keygen":                      "keygen --wallet-private-key-path id.json",
	"airdrop":                     "airdrop 2 --wallet-private-key-path id.json",
	"join-authorization-create":   "join-authorization-create --wallet-private-key-path id.json",
	"join-authorization-read":     "join-authorization-read --join-authority ADDRESS",
	"join-authorization-delegate": "join-authorization-delegate ADDRESS --join-authority ADDRESS --wallet-private-key-path id.json",
	"join-authorization-delete":   "join-authorization-delete --wallet-private-key-path id.json",
	"create-run":                  "create-run --run-id digits --treasurer-sol --wallet-private-key-path id.json",
	"close-run":                   "close-run --run-id digits --dry-run --wallet-private-key-path id.json",
	"update-config":               "update-config --run-id digits --config-path config.toml --dry-run --wallet-private-key-path id.json",
	"set-paused":                  "set-paused --run-id digits --resume --wallet-private-key-path id.json",
	"set-future-epoch-rates":      "set-future-epoch-rates --run-id digits --earning-rate 1000 --wallet-private-key-path id.json",
	"tick":                        "tick --run-id digits --count 1 --wallet-private-key-path id.json",
	"treasurer-top-up-rewards":    "treasurer-top-up-rewards --run-id digits --collateral-amount 1000000000 --wallet-private-key-path id.json",
	"treasurer-claim-rewards":     "treasurer-claim-rewards --run-id digits --dry-run --wallet-private-key-path id.json",
	"bond-deposit":                "bond-deposit --run-id digits --amount 1000000 --wallet-private-key-path id.json",
	"bond-withdraw-request":       "bond-withdraw-request --run-id digits --wallet-private-key-path id.json",
	"bond-withdraw-finalize":      "bond-withdraw-finalize --run-id digits --wallet-private-key-path id.json",
	"train":                       "train --run-id digits --data digits.csv --wallet-private-key-path id.json",
	"checkpoint":                  "checkpoint --run-id digits --output model",
	"json-info-dump":              "json-info-dump --run-id digits",
	"json-dump-run":               "json-dump-run --run-id digits",
	"json-dump-user":              "json-dump-user --run-id digits --address ADDRESS",
	"show-config":                 "show-config --run-id digits",
	"can-join":                    "can-join --run-id digits --address ADDRESS",
	"bond-status":                 "bond-status --run-id digits --address ADDRESS",
	"live":                        "live --run-id digits",
}

// explained adds to commands what is said of each.
func explained(commands []app.Command) []app.Command {
	for i, c := range commands {
		if text, ok := long[c.Name]; ok {
			commands[i].Long = text
		}
	}
	return commands
}

// App returns the app with all its commands.
func App() *app.App {
	return &app.App{
		Name: "decloud-run", Role: "run", Summary: "many members improve one model; a treasury pays them", NewConfig: newSettings, Hint: hint, KeyVariable: "RAW_WALLET_PRIVATE_KEY", Examples: examples,
		Commands: explained([]app.Command{
			demoCommand(),
			app.Spends(createRunCommand()), app.Spends(closeRunCommand()), app.Spends(updateConfigCommand()), app.Spends(setPausedCommand()), app.Spends(ratesCommand()), app.Spends(tickCommand()), app.Spends(checkpointCommand()),
			dumpRunCommand("json-info-dump"), dumpRunCommand("json-dump-run"), dumpUserCommand(), listRunsCommand(), showConfigCommand(),
			app.Spends(authorizationCreateCommand()), authorizationReadCommand(), app.Spends(authorizationDelegateCommand()), app.Spends(authorizationDeleteCommand()), canJoinCommand(),
			app.Spends(topUpCommand()), app.Spends(claimCommand()),
			app.Spends(bondDepositCommand()), bondStatusCommand(), app.Spends(bondRequestCommand()), app.Spends(bondFinalizeCommand()),
			app.Spends(trainCommand()), liveCommand(), newPackageCommand(), keygenCommand(), airdropCommand(), app.ConfigCommand(nil),
		}),
	}
}

// hint says what to do next about an error.
func hint(c *app.Call, err error) string {
	var account *chain.AccountError
	switch {
	case errors.As(err, &account) && account.Kind == "Run" && errors.Is(err, chain.ErrNotFound):
		return "  No run has that id, or it was closed. Which there are: " + c.Command("list-runs")
	case errors.Is(err, syscall.ECONNREFUSED):
		return "  Nobody listens there. For a chain of your own: go run ./examples/localnet\n" +
			"  For another network: --rpc URL --program-id ADDRESS"
	case errors.Is(err, chain.ErrNoSigner):
		return "  Name a wallet: --wallet-private-key-path FILE"
	case errors.Is(err, chain.ErrInsufficientFunds):
		return "  On a local or test network: " + c.Command("airdrop 1")
	case errors.Is(err, chain.ErrKeypair) && errors.Is(err, fs.ErrNotExist):
		return "  Make a wallet: " + c.Command("keygen --wallet-private-key-path FILE")
	case errors.Is(err, storage.ErrNotFound):
		return "  Say where it is published: --cars DIRECTORY, --gateways URLs, --kubo-url URL or --public-gateways true"
	}
	return ""
}
