#!/bin/sh
# machine.sh FOLDER PACKAGES plain|systemd: simulates a machine with the files of this one. Writes
# go into memory; mounts, network, processes and cgroups are separate. Prints "pid N" with the id of
# its first process, and ends it when standard input is closed.
set -eu

script=$(readlink -f "$0")
folder=$1
packages=$2
kind=$3

if [ "${4:-}" = inside ]; then
  cd "$folder/root"
  mount -t proc proc proc
  # Programs in the machine must not change the settings of the shared kernel.
  mount --bind proc/sys proc/sys
  mount -o remount,bind,ro proc/sys
  mount -t sysfs -o ro sysfs sys
  mount -t cgroup2 cgroup2 sys/fs/cgroup
  ip link set lo up
  # systemd changes the root of its services, which is possible only from the root of all mounts.
  mkdir old-root
  pivot_root . old-root
  cd /
  umount -l old-root
  rmdir old-root
  touch run/is-made
  if [ "$kind" = systemd ]; then
    # None of this machine's services is started, only those of the test.
    printf '[Unit]\nDescription=test\nRequires=basic.target\nAfter=basic.target\nAllowIsolate=yes\n' >etc/systemd/system/machine.target
    exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
      /lib/systemd/systemd --unit=machine.target --log-target=journal --show-status=no
  fi
  exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin sleep infinity
fi

mount -t tmpfs -o mode=755 tmpfs "$folder"
cd "$folder"
mkdir upper work root cgroup
mount -t overlay -o lowerdir=/,upperdir=upper,workdir=work overlay root
for place in run tmp dev; do mount -t tmpfs -o mode=755 tmpfs "root/$place"; done
chmod 1777 root/tmp
for device in null zero full random urandom tty; do
  touch "root/dev/$device"
  mount --bind "/dev/$device" "root/dev/$device"
done
mkdir root/dev/shm root/dev/pts root/dev/mqueue root/packages
mount -t devpts -o newinstance,ptmxmode=0666 devpts root/dev/pts
ln -s pts/ptmx root/dev/ptmx
ln -s /proc/self/fd root/dev/fd
mount --bind "$packages" root/packages
# Containers keep packages from starting services by this file.
rm -f root/usr/sbin/policy-rc.d
mount -t cgroup2 cgroup2 cgroup
group=cgroup/waferd-test-$$
mkdir "$group"

# Processes in the group see it as the root of all groups.
sh -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' group "$group" \
  unshare --mount --pid --fork --cgroup --kill-child sh "$script" "$folder" "$packages" "$kind" inside </dev/null >/dev/null 2>"$folder/log" &
child=$!
# The processes take a moment to end.
end() {
  kill -KILL "$child" 2>/dev/null || true
  wait "$child" || true
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    find "$group" -depth -type d -exec rmdir {} + 2>/dev/null && break
    sleep 0.2
  done
}
trap end EXIT
while [ ! -e root/run/is-made ]; do
  kill -0 "$child" 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
  sleep 0.05
done
echo "pid $(cat "/proc/$child/task/$child/children")"
cat >/dev/null || true
