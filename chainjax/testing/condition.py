"""Tests that are run several times, since they depend on chance."""

import functools
import sys
import unittest


class QuietTestRunner:
    """Runs tests and prints nothing."""

    def run(self, suite):
        """Run a suite.

        Returns:
            ``unittest.TestResult``.
        """
        result = unittest.TestResult()
        suite.run(result)
        return result


def repeat_with_success_at_least(times, min_success):
    """Decorator of a test: it passes if ``min_success`` of ``times`` trials do. Each trial has its own ``setUp`` and ``tearDown``."""
    assert times >= min_success, f"expected at least {min_success} trials, of which that many shall succeed, got {times}"

    def decorate(test):
        @functools.wraps(test)
        def repeated(instance, *args, **kwargs):
            successes, failures = 0, []
            while successes < min_success:
                result = _trial(test, instance, args, kwargs)
                if result.skipped:
                    instance.skipTest(result.skipped[0][1])
                if result.wasSuccessful():
                    successes += 1
                else:
                    failures.append(result)
                if len(failures) > times - min_success:
                    first = "\n".join(text for _, text in failures[0].failures + failures[0].errors)
                    counts = f"expected {min_success} of {times} trials to succeed; {successes} did, {len(failures)} failed"
                    instance.fail(f"{counts}\n\nThe first error message:\n{first}")

        return repeated

    return decorate


def _trial(test, instance, args, kwargs):
    fresh = type(instance)(instance._testMethodName)

    def run():
        try:
            test(fresh, *args, **kwargs)
        except _skips_of_pytest() as exc:
            fresh.skipTest(exc.msg)

    return QuietTestRunner().run(unittest.FunctionTestCase(run, setUp=fresh.setUp, tearDown=fresh.tearDown))


def _skips_of_pytest():
    pytest = sys.modules.get("pytest")
    return () if pytest is None else pytest.skip.Exception


def repeat(times):
    """Decorator of a test: it passes if all of ``times`` trials do."""
    return repeat_with_success_at_least(times, times)


def retry(times):
    """Decorator of a test: it passes if one of at most ``times`` trials does."""
    return repeat_with_success_at_least(times, 1)
