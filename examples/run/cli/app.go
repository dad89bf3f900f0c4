// Package cli is the run app: Psyche's commands, by their names and flags.
package cli

import "github.com/decloud-sdk/decloud-go/examples/internal/app"

// App returns the app with all its commands.
func App() *app.App {
	return &app.App{
		Name: "decloud-run", Role: "run", Summary: "many members improve one model; a treasury pays them",
		Commands: []app.Command{
			demoCommand(),
			createRunCommand(), closeRunCommand(), updateConfigCommand(), setPausedCommand(), ratesCommand(), tickCommand(), checkpointCommand(),
			dumpRunCommand("json-info-dump"), dumpRunCommand("json-dump-run"), dumpUserCommand(), listRunsCommand(), showConfigCommand(),
			authorizationCreateCommand(), authorizationReadCommand(), authorizationDelegateCommand(), authorizationDeleteCommand(), canJoinCommand(),
			topUpCommand(), claimCommand(),
			bondDepositCommand(), bondStatusCommand(), bondRequestCommand(), bondFinalizeCommand(),
			trainCommand(),
		},
	}
}
