package app

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNearestName(t *testing.T) {
	known := []string{"start", "status", "setup", "my-rounds", "custom_rpc", "Cifar10", "Mnist", "d"}
	for _, c := range []struct{ typed, want string }{
		{"statr", "start"}, {"statsu", "status"}, {"sttus", "status"}, {"set-up", "setup"}, {"--setup", "setup"}, {"STATUS", "status"},
		{"myrounds", "my-rounds"}, {"my_rounds", "my-rounds"}, {"custom-rcp", "custom_rpc"}, {"custom", "custom_rpc"}, {"cifar", "Cifar10"}, {"minst", "Mnist"},
		{"", ""}, {"x", ""}, {"nonsense", ""}, {"stop", ""}, {"d", "d"}, {strings.Repeat("start", 1000), ""}, {"мнист", ""},
	} {
		require.Equal(t, c.want, nearest(c.typed, known), c.typed)
	}
}

func TestSlips(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "", 3}, {"", "abc", 3}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"abc", "abd", 1}, {"abc", "ab", 1}, {"ab", "abc", 1}, {"ca", "abc", 3}, {"kitten", "sitting", 3}} {
		require.Equal(t, c.want, slips(c.a, c.b), "%s %s", c.a, c.b)
		require.Equal(t, c.want, slips(c.b, c.a), "%s %s", c.b, c.a)
	}
}
