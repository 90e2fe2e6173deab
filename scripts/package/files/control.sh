#!/bin/sh
# control.sh start|stop|restart|status|reload|rotate: runs the waferd beside this script in the
# background. Options come from app.conf beside it (or the file in WAFERD_CONFIG), the environment,
# and flags behind start or restart (`control.sh start --port 9000`), which a later restart keeps.
# Exit statuses: 0 done, or running; 1 failed; 2 wrong usage; 3 (status only) not running.
set -u

START_SECONDS=60
STOP_SECONDS=30

here=$(CDPATH='' cd -P -- "$(dirname -- "$0")" && pwd -P) || exit 1
cd -- "$here" || exit 1
program=$here/waferd
pid_file=$here/waferd.pid
flags_file=$here/logs/flags
# The log, unless log.file names another, and what is printed beside it: the start, a crash.
log=$here/logs/waferd.log
output=$here/logs/output.log
# How many rotated logs are kept.
OLD_LOGS=7
if [ -z "${WAFERD_CONFIG:-}" ] && [ -f "$here/app.conf" ]; then
  WAFERD_CONFIG=$here/app.conf
  export WAFERD_CONFIG
fi

say() {
  printf 'waferd: %s\n' "$*"
}

fail() {
  say "$@" >&2
  exit 1
}

# Tells whether a process is this waferd: its number may have gone to another program since, and one
# that has ended but was not waited for has no command line any more.
is_ours() {
  if [ -e /proc/self/cmdline ]; then
    [ "$({ tr '\0' '\n' <"/proc/$1/cmdline"; } 2>/dev/null | sed -n 1p)" = "$program" ]
  else
    case $(ps -o command= -p "$1" 2>/dev/null) in
      "$program "*) true ;;
      *) false ;;
    esac
  fi
}

# Prints the number in the pid file, if it is one.
recorded_pid() {
  sed -n '1s/^\([0-9][0-9]*\)$/\1/p' "$pid_file" 2>/dev/null
}

# Prints the number of the waferd that runs; fails when none does.
running_pid() {
  recorded=$(recorded_pid)
  [ -n "$recorded" ] && is_ours "$recorded" && printf '%s\n' "$recorded"
}

# Prints where the started server listens, by what it printed since its start.
printed_address() {
  sed -n 's/^waferd .* listens on \([^ ]*\), with .*/\1/p' "$output" | tail -n 1
}

# Prints where the running server listens, by what it says itself; it may have been reloaded since.
told_address() {
  "$program" status --json "$@" 2>/dev/null | sed -n 's/.*"server":{.*"url":"\([^"]*\)".*/\1/p'
}

# Prints log.file; nothing if it is not set.
configured_log() {
  "$program" config print "$@" 2>/dev/null | sed -n 's|^log\.file = \(.*[^ ]\)  *// .*|\1|p'
}

# Prints the HTTP status of /readyz: 000 when nothing answers, 200 when no program is here that
# could ask.
readiness() {
  if command -v curl >/dev/null 2>&1; then
    curl -k -s -o /dev/null -m 5 --noproxy '*' -w '%{http_code}' "$1/readyz"
  elif command -v wget >/dev/null 2>&1; then
    if answer=$(wget -S -T 5 -O /dev/null --no-check-certificate "$1/readyz" 2>&1); then
      echo 200
    else
      code=$(printf '%s\n' "$answer" | sed -n 's|.*HTTP/[0-9.]* \([0-9][0-9][0-9]\).*|\1|p' | tail -n 1)
      echo "${code:-000}"
    fi
  else
    echo 200
  fi
}

# Tells whether the server at an address takes requests. One without /readyz is ready when it
# answers.
is_ready() {
  case $(readiness "$1") in
    000 | 5??) return 1 ;;
    *) return 0 ;;
  esac
}

start() {
  if pid=$(running_pid); then fail "runs already (process $pid)"; fi
  [ -x "$program" ] || fail "$program is missing, or cannot be executed"
  rm -f -- "$pid_file"
  umask 077
  mkdir -p -- "$here/logs" || exit 1
  # Only one of two starts at the same time makes the file.
  (set -C && : >"$pid_file") 2>/dev/null || fail "is being started by somebody else"
  : >"$output" || exit 1
  : >"$flags_file"
  for flag; do printf '%s\n' "$flag" >>"$flags_file"; done
  shown=$(configured_log "$@")
  if [ -z "$shown" ]; then
    shown=$log
    set -- "$@" --log-file "$log"
  fi
  nohup "$program" serve "$@" >>"$output" 2>&1 </dev/null &
  pid=$!
  echo "$pid" >"$pid_file"
  rounds=0
  while [ "$rounds" -lt "$((START_SECONDS * 5))" ]; do
    if ! kill -0 "$pid" 2>/dev/null; then
      wait "$pid"
      status=$?
      rm -f -- "$pid_file"
      cat "$output" >&2
      fail "did not start (exit status $status)"
    fi
    address=$(printed_address)
    if [ -n "$address" ] && is_ready "$address"; then
      say "runs (process $pid) on $address; its log is $shown"
      return 0
    fi
    sleep 0.2 2>/dev/null || sleep 1
    rounds=$((rounds + 1))
  done
  fail "was started (process $pid), but is not ready after $START_SECONDS seconds: see $shown and $output"
}

# Prints the processes that a process started.
children_of() {
  ps -A -o pid= -o ppid= 2>/dev/null | while read -r child parent; do
    [ "$parent" = "$1" ] && echo "$child"
  done
}

stop() {
  if ! pid=$(running_pid); then
    rm -f -- "$pid_file"
    say "does not run"
    return 0
  fi
  kill -TERM "$pid" || exit 1
  rounds=0
  while is_ours "$pid"; do
    if [ "$rounds" -ge "$((STOP_SECONDS * 5))" ]; then
      # Workers must not outlive the process that looks after them.
      children=$(children_of "$pid")
      for one in $pid $children; do kill -KILL "$one" 2>/dev/null; done
      rm -f -- "$pid_file"
      fail "did not end within $STOP_SECONDS seconds, and was killed (process $pid)"
    fi
    sleep 0.2 2>/dev/null || sleep 1
    rounds=$((rounds + 1))
  done
  rm -f -- "$pid_file"
  say "has ended (process $pid)"
}

status() {
  if ! pid=$(running_pid); then
    if [ -f "$pid_file" ]; then
      say "does not run; $pid_file is left over from one that ended by itself"
    else
      say "does not run"
    fi
    exit 3
  fi
  address=$(told_address "$@")
  if [ -z "$address" ]; then
    fail "runs (process $pid), but does not answer"
  fi
  is_ready "$address" || fail "runs (process $pid), but is not ready at $address"
  say "runs (process $pid) on $address"
}

# A running server is not given up for a configuration with which it would not start.
check_configuration() {
  "$program" config check "$@" >/dev/null || fail "goes on as it is"
}

reload() {
  pid=$(running_pid) || fail "does not run"
  "$program" reload "$@" || fail "goes on as it is (process $pid)"
}

# Renames the log, and has the server begin another one, without losing a line.
rotate() {
  [ -f "$log" ] || fail "$log does not exist: log.file names another one"
  number=$OLD_LOGS
  while [ "$number" -gt 1 ]; do
    if [ -f "$log.$((number - 1))" ]; then
      mv -f -- "$log.$((number - 1))" "$log.$number" || exit 1
    fi
    number=$((number - 1))
  done
  mv -f -- "$log" "$log.1" || exit 1
  pid=$(running_pid) && kill -USR1 "$pid"
  say "$log.1 has the log until now, and $OLD_LOGS old ones are kept"
}

verb=${1:-}
[ $# -eq 0 ] || shift
case $verb in
  start) ;;
  restart | status | reload | stop | rotate)
    # Without flags, those of the start hold.
    if [ $# -eq 0 ] && [ -f "$flags_file" ]; then
      while IFS= read -r flag || [ -n "$flag" ]; do set -- "$@" "$flag"; done <"$flags_file"
    fi
    ;;
esac

case $verb in
  start) start "$@" ;;
  stop) stop ;;
  restart)
    if running_pid >/dev/null; then check_configuration "$@"; fi
    stop
    start "$@"
    ;;
  status) status "$@" ;;
  reload) reload "$@" ;;
  rotate) rotate ;;
  *)
    echo "usage: $0 start|stop|restart|status|reload|rotate [flags of waferd serve]" >&2
    exit 2
    ;;
esac
