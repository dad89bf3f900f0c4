package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
	"github.com/decloud-sdk/decloud-go/trainer/fit/external"
)

// words splits a command into its words: at spaces, but not within 'single' or "double" quotes. There is no shell, and no other sign has a meaning.
func words(text string) (list []string, err error) {
	var word strings.Builder
	var quote rune
	begun := false
	for _, r := range text {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, begun = r, true
		case r == ' ' || r == '\t':
			if begun {
				list = append(list, word.String())
			}
			word.Reset()
			begun = false
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	if quote != 0 {
		return nil, errors.New("a quote is not closed")
	}
	if begun {
		list = append(list, word.String())
	}
	return list, nil
}

func checkFitCommand(text string) error {
	_, err := words(text)
	return err
}

// fitBy trains by the setting fit_command; nil: our engine trains. What the command prints goes to the app's standard error.
func (c *config) fitBy(call *app.Call) func(context.Context, trainer.Task) (packagefmt.Network, fit.Result, error) {
	args, err := words(c.FitCommand)
	if err != nil || len(args) == 0 {
		return nil // an error is refused when it is set
	}
	command := external.Command{Args: args, Output: call.Err, Secrets: c.FitSecrets}
	return func(ctx context.Context, t trainer.Task) (packagefmt.Network, fit.Result, error) {
		return command.Train(ctx, t.Package.Head, t.Features, t.Labels, t.Options)
	}
}
