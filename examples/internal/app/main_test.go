package app

import (
	"context"
	"flag"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/decloud-sdk/decloud-go/examples/internal/keyfile"
)

func TestMain(m *testing.M) {
	keyfile.WorkFactor = 4
	goleak.VerifyTestMain(m)
}

// settings are those of an app that has a few kinds of its own.
type settings struct {
	Common
	Reward SOL     `json:"reward"`
	Rating Stars   `json:"rating"`
	Pause  Seconds `json:"pause"`
	Sets   Names   `json:"sets"`
	Count  int     `json:"count"`
	Share  float64 `json:"share"`
	On     bool    `json:"on"`
}

func newSettings() Config {
	return &settings{Common: DefaultCommon(), Rating: 100, Count: 3, Share: 0.15}
}

func (s *settings) Settings() []Setting {
	return append(s.Common.Settings(),
		Setting{Key: "reward", Value: &s.Reward}, Setting{Key: "rating", Value: &s.Rating}, Setting{Key: "pause", Value: &s.Pause},
		Setting{Key: "sets", Value: &s.Sets}, Setting{Key: "count", Value: Int(&s.Count, 1, 24)}, Setting{Key: "share", Value: Float(&s.Share, 0.01, 1)},
		Setting{Key: "on", Value: Bool(&s.On)})
}

// testApp has the shared commands, and one that tells what it was called with.
func testApp() *App {
	return &App{Name: "decloud-test", Role: "test", Summary: "a test", NewConfig: newSettings, Commands: []Command{
		SetupCommand(newSettings, "sets"), WalletCommand(), ConfigCommand(nil), NetworkCommand(), RPCCommand(), BalanceCommand(), AirdropCommand(), DatasetsCommand(), DatasetCommand("train"),
		{Name: "whoami", Summary: "show the wallet's address", Bind: func(fs *flag.FlagSet) Action {
			sign := fs.Bool("sign", false, "and sign with it")
			return withConfig(func(ctx context.Context, c *Call, cfg Config) error {
				for range 2 { // as commands do that ask for it here and there
					w, err := c.Signer(cfg.Base())
					if err == nil && *sign {
						_, err = w.Sign(ctx, []byte("a message"))
					}
					if err != nil {
						return err
					}
					c.Note("%s", w.PublicKey())
				}
				return nil
			})
		}},
		{Name: "echo", Args: "<one> [two]", Summary: "say what was said", Bind: func(fs *flag.FlagSet) Action {
			loud := fs.Bool("loud", false, "shout")
			n := fs.Int("number", 7, "a `number`")
			Alias(fs, "n", "number")
			return func(ctx context.Context, c *Call) error {
				if c.Args[0] == "wait" {
					<-ctx.Done()
					return ctx.Err()
				}
				return c.Print(map[string]any{"args": c.Args, "loud": *loud, "number": *n}, func(w io.Writer) {
					_, _ = io.WriteString(w, strings.Join(c.Args, "+"))
				})
			}
		}},
	}}
}

// Hints about another app name it as this one was started.
func TestOther(t *testing.T) {
	for program, want := range map[string]string{
		"":                          "decloud-validator stake 1",
		"decloud-creator":           "decloud-validator stake 1",
		"./bin/creator":             "./bin/validator stake 1",
		"/creators/creator":         "/creators/validator stake 1",
		"go run ./examples/creator": "go run ./examples/validator stake 1",
		"mint":                      "decloud-validator stake 1",
	} {
		c := &Call{App: &App{Name: "decloud-creator", Role: "creator"}, program: program, homeFlag: "c"}
		require.Equal(t, want, c.Other("validator", "stake 1"), program)
	}
}
