package bindings

//go:generate ../../../internal/tools/generate-bindings.sh round
