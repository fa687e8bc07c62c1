-- The ledger's roles, apart from each other. Run by a superuser, as often as one likes: the embedded stack and docker-compose.yml do.
-- casefold_owner owns the database and runs migrations; casefold_app holds the application's rights (read and append, never
-- change), which the migrations grant; casefold_app_login is its member that the processes connect as.
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
END
$$;
