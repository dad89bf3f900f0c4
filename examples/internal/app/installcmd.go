package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// InstallCommand downloads known data sets: "dataset install" of the apps that
// need no more.
func InstallCommand(part dataset.Part) Command {
	return Command{
		Name: "install", Args: "<name> […]", Summary: "download data sets from their publishers",
		Long: "Addresses and checksums of the usual data sets are known; what they are is in dataset/known.tsv. A download that breaks off\n" +
			"goes on with the next call. dataset_mirrors names servers to ask first.",
		Bind: func(fs *flag.FlagSet) Action {
			published := BindPublished(fs)
			return withConfig(func(ctx context.Context, c *Call, cfg Config) error {
				return c.installDatasets(ctx, cfg.Base(), part, *published)
			})
		},
	}
}

// installDatasets installs the data sets that the arguments name, and opens them.
func (c *Call) installDatasets(ctx context.Context, s *Common, part dataset.Part, published bool) error {
	views := []map[string]any{}
	for _, name := range c.Args {
		id, err := c.ParseDataset(s, name)
		if err != nil {
			return err
		}
		if err := c.Install(ctx, s, id, published); err != nil {
			return err
		}
		ds, err := c.OpenDataset(ctx, s, id, part)
		if err != nil {
			return err
		}
		views = append(views, map[string]any{"dataset": id.String(), "samples": ds.Len(), "classes": ds.Classes()})
	}
	return c.Print(views, func(w io.Writer) {
		for _, v := range views {
			fmt.Fprintf(w, "%s: %d samples of %d classes\n", v["dataset"], v["samples"], v["classes"])
		}
	})
}

// Install downloads a known data set, unless there is data for it. published is to
// download it even if it is built in.
func (c *Call) Install(ctx context.Context, s *Common, id dataset.ID, published bool) error {
	cat, err := c.Catalog(s)
	if err != nil || cat.Has(id) && !published {
		return err
	}
	defer c.Working()()
	dir, err := cat.Install(ctx, id)
	if errors.Is(err, dataset.ErrUnknownSource) || errors.Is(err, dataset.ErrByHand) {
		return fmt.Errorf("%w; then: %s", err, c.Commandf("dataset set %s PATH", id))
	}
	if err == nil {
		c.Note("%s is in %s", id, dir)
	}
	return c.fetched(id, err)
}

// BindPublished declares the flag of Install.
func BindPublished(fs *flag.FlagSet) *bool {
	return fs.Bool("published", false, "download the published files of a data set that is built in, too: what is built in of MNIST is a part of it")
}
