#!/bin/sh
# Makes the objects that the linker's tests read, with LLVM 22.
set -eu
cd "$(dirname "$0")"
for name in hello variable unknown pointer; do
	llc-22 -march=bpfel -mcpu=v2 -filetype=obj $name.ll -o $name.o
done
