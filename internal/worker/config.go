package worker

import (
	"errors"
	"fmt"
)

// ConfigErrors gathers what is wrong with a config, so that all of it is named at
// once.
type ConfigErrors []error

// Require notes a problem unless ok.
func (e *ConfigErrors) Require(ok bool, problem string) {
	if !ok {
		*e = append(*e, errors.New(problem))
	}
}

// Err is nil if there was no problem. pkg names the config's package.
func (e ConfigErrors) Err(pkg string) error {
	if len(e) == 0 {
		return nil
	}
	return fmt.Errorf("%s: config: %w", pkg, errors.Join(e...))
}
