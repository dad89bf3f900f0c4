package worker

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestConfigErrorsNameEverythingAtOnce(t *testing.T) {
	var wrong ConfigErrors
	wrong.Require(true, "fine")
	require.NoError(t, wrong.Err("trainer"))
	wrong.Require(false, "no store")
	wrong.Require(false, "no data")
	require.EqualError(t, wrong.Err("trainer"), "trainer: config: no store\nno data")
}
