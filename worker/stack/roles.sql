-- The ledger's roles, apart from each other. Run by a superuser, as often as one likes: the embedded stack and docker-compose.yml do.
-- casefold_owner owns the database and runs migrations; casefold_app holds the application's rights (read and append, never
-- change), which the migrations grant; casefold_app_login is its member that the processes connect as. casefold_sealer may
-- read entries and write seals; casefold_auditor may only read. Each has a login of its own.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'casefold_owner') THEN
        CREATE ROLE casefold_owner LOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'casefold_app') THEN
        CREATE ROLE casefold_app NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'casefold_app_login') THEN
        CREATE ROLE casefold_app_login LOGIN IN ROLE casefold_app;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'casefold_sealer') THEN
        CREATE ROLE casefold_sealer NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'casefold_sealer_login') THEN
        CREATE ROLE casefold_sealer_login LOGIN IN ROLE casefold_sealer;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'casefold_auditor') THEN
        CREATE ROLE casefold_auditor NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'casefold_auditor_login') THEN
        CREATE ROLE casefold_auditor_login LOGIN IN ROLE casefold_auditor;
        ALTER ROLE casefold_auditor_login SET default_transaction_read_only = on;
    END IF;
END
$$;
