package app

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/node"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
)

// network is where the settings say that the chain is, and which program on it is
// meant.
func (s *Common) network(c *Call) (n chain.Network, program solana.PublicKey, err error) {
	if s.ProgramID != "" {
		if program, err = solana.PublicKeyFromBase58(s.ProgramID); err != nil {
			return n, program, fmt.Errorf("program_id: %w", err)
		}
	}
	switch s.Network {
	case devnet:
		n = chain.Devnet()
	case mainnet:
		n = chain.Mainnet()
	default:
		n = chain.Localnet()
		if program.IsZero() {
			program = round.LocalProgram
		}
	}
	if program.IsZero() {
		return n, program, fmt.Errorf("no program address is set for %s: %s (ask whoever deployed it; there is no default, so that nobody is sent to a false one)",
			s.Network, c.Command("network "+s.Network+" --program-id ADDRESS"))
	}
	n = node.Reach(n, s.RPC, s.WS)
	return n, program, n.Check()
}

// NetworkCommand chooses the network.
func NetworkCommand() Command {
	return Command{
		Name: "network", Args: "[name]", Summary: "show or choose the network: localnet, devnet, mainnet",
		Long: `Which program is meant on devnet and mainnet is for you to say: there is no default.
A network that is chosen anew is reached by its public RPC node until "rpc set" names another.`,
		Bind: func(fs *flag.FlagSet) Action {
			program := fs.String("program-id", "", "`address` of the round program there")
			name := fs.String("network", "", "the network's `name`, as the kits take it")
			Alias(fs, "n", "network")
			return func(_ context.Context, c *Call) error {
				cfg := c.App.NewConfig()
				if err := c.Load(cfg); err != nil {
					return err
				}
				if len(c.Args) > 0 {
					*name = c.Args[0]
				}
				return c.chooseNetwork(cfg, *name, *program)
			}
		},
	}
}

func (c *Call) chooseNetwork(cfg Config, name, program string) error {
	s := cfg.Base()
	if name != "" {
		if err := checkNetwork(name); err != nil {
			return usageError{"network: " + err.Error()}
		}
		if name != s.Network {
			s.Network, s.ProgramID = name, ""
			s.forgetNodes(c)
		}
	}
	if program != "" {
		if err := checkAddress(program); err != nil {
			return usageError{"--program-id: " + err.Error()}
		}
		s.ProgramID = program
	}
	if _, _, err := s.network(c); err != nil {
		return err
	}
	if name != "" || program != "" {
		if err := c.Save(cfg); err != nil {
			return err
		}
	}
	return c.showNetwork(s)
}

// forgetNodes goes back to the network's own node. What another node was sent as a
// header is not for this one.
func (s *Common) forgetNodes(c *Call) {
	if !s.RPCHeader.IsZero() {
		c.Note("rpc_header was for the node so far, and is forgotten")
	}
	s.RPC, s.WS, s.MoreRPC, s.RPCHeader = "", "", nil, storage.Secret{}
}

func (c *Call) showNetwork(s *Common) error {
	n, program, err := s.network(c)
	if err != nil {
		return err
	}
	ws := "none (changes are found by polling)"
	if n.WS != "" {
		ws = node.ShowURL(n.WS)
	}
	view := struct {
		Network   string `json:"network"`
		ProgramID string `json:"program_id"`
		RPC       string `json:"rpc"`
		WebSocket string `json:"websocket"`
		MoreRPC   string `json:"more_rpc,omitempty"`
	}{n.Name, program.String(), node.ShowURL(n.RPC), node.ShowURL(n.WS), showURLs(s.MoreRPC)}
	return c.Print(view, func(w io.Writer) {
		fields := []string{"Network", n.Name, "Program", program.String(), "RPC", view.RPC, "WebSocket", ws}
		if view.MoreRPC != "" {
			fields = append(fields, "More RPC", view.MoreRPC)
		}
		Fields(w, fields...)
	})
}

// RPCCommand sets the RPC node.
func RPCCommand() Command {
	load := func(change func(s *Common, c *Call) error) Action {
		return func(_ context.Context, c *Call) error {
			cfg := c.App.NewConfig()
			if err := c.Load(cfg); err != nil {
				return err
			}
			if change != nil {
				if err := change(cfg.Base(), c); err != nil {
					return err
				}
				if err := c.Save(cfg); err != nil {
					return err
				}
			}
			return c.showNetwork(cfg.Base())
		}
	}
	return Command{Name: "rpc", Summary: "set, reset or show the RPC node", Sub: []Command{
		{Name: "set", Args: "<url> […]", Summary: "use this RPC node, and further ones where it fails", Bind: func(fs *flag.FlagSet) Action {
			ws := fs.String("ws", "", "`URL` of its WebSocket; none: poll (default: follows from the RPC's)")
			return load(func(s *Common, c *Call) error {
				s.forgetNodes(c)
				if err := Text(&s.RPC, checkURL("http", "https")).Set(c.Args[0]); err != nil {
					return usageError{"rpc set: " + err.Error()}
				}
				if err := (urlsValue{&s.MoreRPC}).Set(strings.Join(c.Args[1:], ",")); err != nil {
					return usageError{"rpc set: " + err.Error()}
				}
				if err := Text(&s.WS, checkWS).Set(*ws); err != nil {
					return usageError{"--ws: " + err.Error()}
				}
				return nil
			})
		}},
		{Name: "reset", Summary: "go back to the network's own RPC node", Bind: func(*flag.FlagSet) Action {
			return load(func(s *Common, c *Call) error { s.forgetNodes(c); return nil })
		}},
		{Name: "show", Summary: "show the RPC node", Bind: func(*flag.FlagSet) Action { return load(nil) }},
	}}
}
