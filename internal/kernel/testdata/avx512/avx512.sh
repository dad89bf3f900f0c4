#!/usr/bin/env bash
# The kernels for AVX-512 on a machine without it: their tests, and whole models that use them, under an emulator that has the
# instructions (Bochs; qemu has none of AVX-512). It takes long (the kernels' tests a quarter of an hour), and Debian's
#
#   apt-get install bochs bochs-term bochsbios vgabios isolinux syslinux-common genisoimage cpio
#
# and prints what the tests print. Single products of matrices of every size are left out: they take too long.
set -euo pipefail
cd "$(dirname "$0")/../../../.."
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
root=$dir/root iso=$dir/iso
mkdir -p "$root"/{proc,dev,tmp,repo/internal/{kernel,nn,onnx/ops}} "$iso/isolinux"

# The machine's files: the tests and what they read.
export CGO_ENABLED=0 GOFLAGS=-buildvcs=false
go build -o "$root/init" ./internal/kernel/testdata/avx512/init
cp go.mod "$root/repo/"
for p in kernel nn onnx onnx/ops; do
  go test -c -o "$root/$(basename $p).test" "./internal/$p"
  [ "$p" = kernel ] || [ ! -d "internal/$p/testdata" ] || cp -r "internal/$p/testdata" "$root/repo/internal/$p/"
done
cat >"$root/run" <<'LIST'
/repo/internal/kernel /kernel.test -test.v -test.timeout 0 -test.run .*/avx512 -test.skip GemmEverySize|ProductsHaveTheSameBits
/repo/internal/nn /nn.test -test.v -test.timeout 0 -test.run MatchPyTorch/.*/avx512/by_samples
/repo/internal/onnx/ops /ops.test -test.v -test.timeout 0
/repo/internal/onnx /onnx.test -test.v -test.timeout 0 -test.run WholeModels
LIST
(cd "$root" && find . | cpio -o -H newc --quiet | gzip -1 >"$iso/initrd")

# A kernel, and a disk that boots it. Bochs miscounts the compact form of what XSAVE saves, for which Linux would switch AVX off.
kernel=$(apt-cache search --names-only '^linux-image-[0-9.]+-[0-9]+-cloud-amd64$' | sort -V | tail -1 | cut -d' ' -f1)
(cd "$dir" && apt-get download -qq "$kernel" 2>/dev/null && dpkg -x linux-image-*.deb linux)
cp "$dir"/linux/boot/vmlinuz-* "$iso/vmlinuz"
cp /usr/lib/ISOLINUX/isolinux.bin /usr/lib/syslinux/modules/bios/ldlinux.c32 "$iso/isolinux/"
cat >"$iso/isolinux/isolinux.cfg" <<'BOOT'
default tests
label tests
 kernel /vmlinuz
 append initrd=/initrd rdinit=/init console=ttyS0 quiet nosmp noapic acpi=off tsc=unstable random.trust_cpu=on noxsaves clearcpuid=xsaves,xsavec,pku
BOOT
genisoimage -quiet -o "$dir/disk.iso" -b isolinux/isolinux.bin -c isolinux/boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table "$iso"

cat >"$dir/machine" <<MACHINE
config_interface: textconfig
display_library: term
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/vgabios/vgabios.bin
cpu: model=corei7_skylake_x, ips=200000000, ignore_bad_msrs=1
memory: guest=1024, host=1024
ata0-master: type=cdrom, path=$dir/disk.iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=$dir/serial
log: $dir/log
MACHINE
echo c >"$dir/go" # to Bochs' debugger, which Debian's has
touch "$dir/serial"
tail -f "$dir/serial" & told=$!
mkfifo "$dir/keys" && exec 3<>"$dir/keys" # an input without an end
TERM=xterm script -qfc "bochs -q -f $dir/machine -rc $dir/go" "$dir/said" >/dev/null <&3 & machine=$!
screen=
until screen=$(sed -n 's/.*connected to screen "\([^"]*\)".*/\1/p' "$dir/said" 2>/dev/null) && [ -n "$screen" ]; do
  kill -0 $machine 2>/dev/null || { cat "$dir/said"; exit 1; }
  sleep 1
done
cat "$screen" >/dev/null & # or Bochs waits for somebody who looks at it
until grep -qa '^DONE' "$dir/serial"; do kill -0 $machine 2>/dev/null || break; sleep 5; done
pkill -P $machine 2>/dev/null || true
sleep 1; kill $told 2>/dev/null || true
! grep -qa 'FAILED\|--- FAIL' "$dir/serial" && grep -qa '^DONE' "$dir/serial"
