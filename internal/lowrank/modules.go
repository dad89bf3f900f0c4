package lowrank

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/decloud-sdk/decloud-go/internal/nn"
)

// Module is a matrix that can have an adapter.
type Module struct {
	Path string // as PEFT has it: the layer's, and the name of the part
	nn.Place
}

// projections are the thirds of an attention's in_proj_weight.
var projections = [3]string{"q_proj", "k_proj", "v_proj"}

// Modules lists the matrices of a network that can have adapters, in order. names are the paths
// of the layers; where they are missing, their numbers.
func Modules(net *nn.Net, names []string) (all []Module, err error) {
	seen := map[string]bool{}
	add := func(path string, at nn.Place) {
		if seen[path] && err == nil {
			err = fmt.Errorf("%w: two matrices are named %.100q", ErrConfig, path)
		}
		seen[path] = true
		all = append(all, Module{path, at})
	}
	for _, at := range net.Adaptable() {
		layer := strconv.Itoa(at.Layer)
		if at.Layer < len(names) && names[at.Layer] != "" {
			layer = names[at.Layer]
		}
		if inside, ok := strings.CutSuffix(at.Weight, "in_proj_weight"); ok {
			shape, _, _, err := net.AdapterShapes(at, 1)
			if err != nil {
				return nil, err
			}
			width := shape[1] // of queries, keys and values alike
			for i, name := range projections {
				at.Lo, at.Hi = i*width, (i+1)*width
				add(layer+"."+inside+name, at)
			}
			continue
		}
		part := strings.TrimSuffix(strings.TrimSuffix(at.Weight, "weight"), ".")
		add(strings.TrimSuffix(layer+"."+part, "."), at)
	}
	return all, err
}

// Targeted are the modules that the configuration's targets name. It fails if a target names
// none.
func (c Config) Targeted(all []Module) ([]Module, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	used := make([]bool, len(c.Targets))
	var list []Module
	paths := map[string]bool{}
	for _, m := range all {
		paths[m.Path] = true
	}
	for _, m := range all {
		hit := false
		for i, target := range c.Targets {
			if m.Path == target || !paths[target] && matches(target, m.Path) {
				hit, used[i] = true, true
			}
		}
		if hit {
			list = append(list, m)
		}
	}
	if i := slices.Index(used, false); i >= 0 {
		return nil, fmt.Errorf("%w: target %.100q names no matrix that can have an adapter; there are %s", ErrConfig, c.Targets[i], listed(all))
	}
	return list, nil
}

// listed names modules in an error.
func listed(all []Module) string {
	if len(all) == 0 {
		return "none"
	}
	var names []string
	for _, m := range all[:min(len(all), 12)] {
		names = append(names, m.Path)
	}
	if len(all) > len(names) {
		names = append(names, "…")
	}
	return strings.Join(names, ", ")
}
