package cli

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"strconv"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/examples/internal/userfile"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/config"
	"github.com/decloud-sdk/decloud-go/run/member"
)

func updateConfigCommand() app.Command {
	return app.Command{Name: "update-config", Summary: "publish a configuration file and set it", Bind: func(fs *flag.FlagSet) app.Action {
		u := &configuring{common: bind(fs)}
		fs.StringVar(&u.path, "config-path", "", "the configuration `file` (TOML)")
		fs.StringVar(&u.version, "client-version", "", "`version` of the clients that the run is for (default: the file's, else that of create-run)")
		text := func(to **string, name, usage string) {
			fs.Func(name, usage, func(v string) error { *to = &v; return nil })
		}
		number := func(to **uint64, name, usage string) {
			fs.Func(name, usage, func(text string) error {
				v, err := strconv.ParseUint(text, 10, 64)
				*to = &v
				return err
			})
		}
		text(&u.name, "name", "the run's `name`, 64 bytes at most")
		text(&u.description, "description", "`text` that says what it is about, 280 bytes at most")
		number(&u.parameters, "num-parameters", "`number` of the model's parameters, for people to read")
		number(&u.vocabulary, "vocab-size", "`number` of its tokens, for people to read")
		return u.run
	}}
}

// configuring is what update-config's flags say.
type configuring struct {
	*common
	path, version          string
	name, description      *string // nil: stays as it is
	parameters, vocabulary *uint64
}

func (u *configuring) describes() bool {
	return u.name != nil || u.description != nil || u.parameters != nil || u.vocabulary != nil
}

func (u *configuring) run(ctx context.Context, c *app.Call) error {
	if err := u.needRun(); err != nil {
		return err
	}
	if u.path == "" && !u.describes() {
		return app.Usagef("this needs --config-path FILE")
	}
	client, err := u.client(c)
	if err != nil {
		return err
	}
	defer client.Close()
	var set configured
	if u.path != "" {
		if set.file, set.text, err = u.read(c); err != nil {
			return err
		}
	}
	r, err := client.Runs.Run(ctx, u.runID)
	if err != nil {
		return err
	}
	if u.path != "" {
		if err := set.configure(ctx, c, client, r); err != nil {
			return err
		}
	}
	if u.describes() {
		if err := u.describe(ctx, client.Runs, r, &set); err != nil {
			return err
		}
	}
	return c.Print(object{"done": set.done, "signature": set.receipt.Signature, "model": set.model, "published": set.published}, doneLine(set.done, set.receipt))
}

// read reads the file, with the version that is to be in it.
func (u *configuring) read(c *app.Call) (config.File, []byte, error) {
	text, err := userfile.Read(u.path, config.MaxSize)
	if err != nil {
		return config.File{}, nil, err
	}
	file, err := config.Parse(text)
	if err != nil {
		return file, nil, fmt.Errorf("%s: %w", u.path, err)
	}
	if !file.Bounded() {
		c.Note("warning: nothing bounds what one member can do to the model with one update: set max_norm (4.0 suits most runs), or an aggregator that leaves out extremes")
	}
	if v := versionOf(c, u.runID, u.version, file); v != file.Config.ClientVersion {
		file.Config.ClientVersion = v
		text, err = file.Marshal()
	}
	return file, text, err
}

// configured is a configuration, and what became of it.
type configured struct {
	file      config.File
	text      []byte
	done      string
	receipt   run.Receipt
	model     any // the first model, where that was set
	published []app.Publication
}

// configure sets the configuration, once its package was found to be one that members
// can read; and, where the run has not begun and has none that fits, the package's head
// as its first model.
func (s *configured) configure(ctx context.Context, c *app.Call, client *decloud.Client, r *run.Run) error {
	if err := s.file.Check(r.Treasury); err != nil {
		return err
	}
	pkg, err := fetchPackage(ctx, client.Store, s.file.Model.Head.Package)
	if err != nil {
		return fmt.Errorf("model.Head.package: %w", err)
	}
	setsHead := r.Step == 0 && r.Parent.IsZero() && s.file.Config.Verification != run.Vote.String() &&
		(r.Model.IsZero() || r.PackageCID != s.file.Model.Head.Package)
	if setsHead {
		c.DryLater("the package's head as the first model")
	}
	roots, published, err := publishAll(ctx, c, client.Store, config.FS(s.text))
	if err != nil {
		return err
	}
	digest, err := member.Digest(roots[0])
	if err != nil {
		return err
	}
	if s.receipt, err = client.Runs.UpdateConfig(ctx, r, s.file.Update(digest)); err != nil {
		return err
	}
	s.done, s.published = fmt.Sprintf("the configuration is %s", roots[0]), published
	if !setsHead {
		return nil
	}
	model, published, err := setHead(ctx, c, client, r, pkg)
	if err != nil {
		return fmt.Errorf("%s, but the first model is not set (checkpoint --digest CID sets one): %w", s.done, err)
	}
	s.model, s.published = model, append(s.published, published...)
	c.Note("the first model is %s, the package's own head: checkpoint --digest sets another", model)
	return nil
}

// describe sets what people read about the run; what is not named stays as it is.
func (u *configuring) describe(ctx context.Context, runs *run.Client, r *run.Run, set *configured) error {
	receipt, err := runs.UpdateMetadata(ctx, r, run.UpdateMetadata{
		Name: *cmp.Or(u.name, &r.Name), Description: *cmp.Or(u.description, &r.Description),
		NumParameters: *cmp.Or(u.parameters, &r.NumParameters), VocabSize: *cmp.Or(u.vocabulary, &r.VocabSize),
	})
	if err != nil && set.done != "" {
		return fmt.Errorf("%s, but name and description are as they were: %w", set.done, err)
	}
	if set.done == "" {
		set.done, set.receipt = "the run's description is set", receipt
	}
	return err
}
